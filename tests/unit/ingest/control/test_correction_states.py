"""The life of a correction: who may do what, when, and what the topic's fold makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.control.correction_states import Verdict, decided, decision_reason, later_of, same_matter, stands, words_of
from ingest.control.errors import ControlFault, ControlRefused, RequestInvalid
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus

ID = "0" * 31 + "1"


def correction(**facts: object) -> Correction:
    common: dict[str, object] = {
        "correction_id": ID, "version": 1, "tenant": "acme", "employee": "4711", "operation": CorrectionOperation.ADD,
        "status": CorrectionStatus.PENDING, "punch_at": 1_763_622_000_000, "zone": "Europe/Berlin", "state": 0,
        "local_text": "2025-11-20T08:00:00", "requested_by": "ada", "requested_at": 1000, "source": "operator",
    }  # fmt: skip
    return Correction(**{**common, **facts})  # type: ignore[arg-type]  # a sample of any field


@pytest.mark.parametrize(
    ("verdict", "before", "who", "after"),
    [
        (Verdict.APPROVE, CorrectionStatus.PENDING, "bo", CorrectionStatus.APPROVED),
        (Verdict.REJECT, CorrectionStatus.PENDING, "bo", CorrectionStatus.REJECTED),
        (Verdict.REVOKE, CorrectionStatus.APPROVED, "bo", CorrectionStatus.REVOKED),
        (Verdict.WITHDRAW, CorrectionStatus.PENDING, "ada", CorrectionStatus.REJECTED),
    ],
)
def test_each_step_is_a_new_version(
    verdict: Verdict, before: CorrectionStatus, who: str, after: CorrectionStatus
) -> None:
    was = correction(status=before, version=3, extra={"ticket": "7"})
    made = decided(was, verdict, who=who, at=2000, reason="so")
    assert (made.version, made.status, made.decided_by, made.decided_at) == (4, after, who, 2000)
    assert (decision_reason(made), made.reason, made.extra["ticket"]) == ("so", was.reason, "7")
    for status in set(CorrectionStatus) - {before}:
        with pytest.raises(ControlRefused, match=f"is {status.value}"):
            decided(correction(status=status), verdict, who=who, at=2000, reason="so")


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT, Verdict.REVOKE])
def test_nobody_decides_what_they_asked_for_or_what_is_about_them(verdict: Verdict) -> None:
    status = CorrectionStatus.APPROVED if verdict is Verdict.REVOKE else CorrectionStatus.PENDING
    with pytest.raises(ControlRefused, match="asked for by ada"):
        decided(correction(status=status), verdict, who="ada", at=1, reason="r")
    with pytest.raises(ControlRefused, match=r"about bo \(4711\)"):
        decided(correction(status=status), verdict, who="bo", own="4711", at=1, reason="r")
    decided(correction(status=status), verdict, who="bo", own="4712", at=1, reason="r")


def test_only_the_author_withdraws_and_a_server_decides_its_own() -> None:
    with pytest.raises(ControlRefused, match="only they can withdraw"):
        decided(correction(), Verdict.WITHDRAW, who="bo", at=1)
    assert decision_reason(decided(correction(), Verdict.WITHDRAW, who="ada", own="4711", at=1)) == "withdrawn"
    theirs = correction(source="connector", source_ref="biotime:hq:1:manual:9")
    for verdict in Verdict:
        with pytest.raises(ControlRefused, match="biotime:hq:1:manual:9"):
            decided(theirs, verdict, who="bo", at=1, reason="r")


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.REVOKE])
def test_a_refusal_has_a_reason(verdict: Verdict) -> None:
    status = CorrectionStatus.APPROVED if verdict is Verdict.REVOKE else CorrectionStatus.PENDING
    with pytest.raises(RequestInvalid, match="needs a reason"):
        decided(correction(status=status), verdict, who="bo", at=1, reason=" ")


STEPS = st.lists(st.tuples(st.sampled_from(Verdict), st.sampled_from(["ada", "bo"]), st.integers(0, 5000)), max_size=8)


@given(STEPS)
def test_whatever_is_tried_the_history_is_one_of_the_allowed(steps: list[tuple[Verdict, str, int]]) -> None:
    history = [correction()]
    for verdict, who, at in steps:
        try:
            history.append(decided(history[-1], verdict, who=who, at=at, reason="r"))
        except ControlFault:
            continue
    assert [one.version for one in history] == list(range(1, len(history) + 1))
    assert [one.status.value for one in history] in (
        ["pending"], ["pending", "approved"], ["pending", "rejected"], ["pending", "approved", "revoked"],
    )  # fmt: skip
    times = [one.decided_at or one.requested_at or 0 for one in history]
    assert times == sorted(times)
    for one in history[1:]:
        assert one.decided_by != "ada" or (one.status is CorrectionStatus.REJECTED and one.version == 2)
        assert same_matter(one) == same_matter(history[0])


@given(st.permutations(range(1, 6)), st.lists(st.integers(0, 4), max_size=5))
def test_the_fold_keeps_the_greatest_version_and_of_equal_ones_the_first(order: list[int], repeats: list[int]) -> None:
    records = [correction(version=number, reason="first") for number in order]
    records += [replace(records[place], reason="again") for place in repeats]
    known: Correction | None = None
    for one in records:
        known = later_of(known, one)
    assert known is not None
    assert (known.version, known.reason) == (5, "first")


def test_words_and_what_stands() -> None:
    assert words_of(correction(site="berlin")) == "add 2025-11-20 08:00:00 Europe/Berlin state 0 at berlin"
    leave = correction(
        operation=CorrectionOperation.LEAVE, work_date="2025-11-20", minutes=240, leave_code="sick", state=None,
        local_text="", punch_at=None, zone="",
    )  # fmt: skip
    assert words_of(leave) == "leave 2025-11-20 240 min sick"
    assert [status.value for status in CorrectionStatus if stands(correction(status=status))] == ["pending", "approved"]
