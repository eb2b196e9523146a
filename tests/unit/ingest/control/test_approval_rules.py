"""Which cards may be approved, and whose approval may be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.control.approval_desk import CardChoice, DecideCards, _choices
from ingest.control.approval_rules import refusal
from ingest.control.errors import RequestInvalid
from schemas.approvals import Decision
from schemas.timecards import CardStatus, DailyCard


def card(**facts: Any) -> DailyCard:
    common: dict[str, Any] = {
        "card_id": "c", "tenant": "acme", "employee": "4711", "work_date": "2025-11-20", "weekday": 3,
        "week_start": "2025-11-17", "version": 3, "revision": 4, "status": CardStatus.COMPLETE, "cause": "NEW_PUNCH",
        "content_hash": "a" * 32, "derived_at": 1,
    }  # fmt: skip
    return DailyCard(**{**common, **facts})


def why(one: DailyCard | None, decision: Decision = Decision.APPROVED, **looked_at: Any) -> str:
    return refusal(one, decision, own=looked_at.pop("own", "ada"), **looked_at)


def test_a_complete_card_as_it_was_looked_at_is_approved() -> None:
    assert why(card()) == ""
    assert why(card(), version=3, content_hash="a" * 32) == ""
    assert why(card(exceptions=["LATE"])) == ""


@pytest.mark.parametrize(
    ("one", "looked_at", "says"),
    [
        (None, {}, "no card of this date"),
        (card(), {"version": 2}, "version 2 was looked at, 3 is current"),
        (card(), {"version": 3, "content_hash": "b" * 32}, "another content"),
        (card(), {"own": "4711"}, "their own card"),
        (card(status=CardStatus.VOID), {}, "VOID"),
        (card(status=CardStatus.OPEN), {}, "OPEN, not COMPLETE"),
        (card(status=CardStatus.PROVISIONAL), {}, "PROVISIONAL, not COMPLETE"),
        (card(status=CardStatus.LOCKED), {}, "locked"),
        (card(status=CardStatus.APPROVED, approved_by="bo"), {}, "bo has approved this version already"),
        (card(blocking=["MISSING_OUT", "ABSENT"]), {}, "to be settled first: MISSING_OUT, ABSENT"),
    ],
)
def test_what_is_not_approved(one: DailyCard | None, looked_at: dict[str, Any], says: str) -> None:
    assert says in why(one, **looked_at)


def test_what_may_be_taken_back() -> None:
    assert why(card(status=CardStatus.APPROVED), Decision.REJECTED) == ""
    assert why(card(blocking=["MISSING_OUT"]), Decision.REJECTED) == ""
    assert "locked" in why(card(status=CardStatus.LOCKED), Decision.REJECTED)
    assert "own" in why(card(), Decision.REJECTED, own="4711")


def test_which_cards_are_meant() -> None:
    one = CardChoice(employee="1", work_date="2025-11-20")
    assert _choices(DecideCards(decision="approve", cards=(one, one))) == [one]
    ranged = DecideCards(decision="approve", employees=("2", "1", "2"), first="2025-11-20", last="2025-11-21")
    assert [(c.employee, c.work_date) for c in _choices(ranged)] == [
        ("2", "2025-11-20"), ("2", "2025-11-21"), ("1", "2025-11-20"), ("1", "2025-11-21"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "say which"),
        ({"cards": [{"employee": "1", "work_date": "2025-11-20"}], "first": "2025-11-20"}, "belong to employees"),
        ({"employees": ["1"], "first": "2025-11-20"}, "last '' is no date"),
        ({"employees": ["1"], "first": "2025-11-20", "last": "2025-11-19"}, "not 1 to 62"),
        ({"employees": ["1"], "first": "2025-01-01", "last": "2025-11-19"}, "not 1 to 62"),
        ({"employees": [str(n) for n in range(2000)], "first": "2025-11-01", "last": "2025-11-10"}, "at most 10000"),
    ],
)
def test_what_makes_no_sense(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        _choices(DecideCards.model_validate({"decision": "approve", **fields}))
