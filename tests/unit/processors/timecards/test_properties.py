"""What must hold for every week: order does not matter, nothing is lost or doubled, nothing is negative."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.timecards.engine.card import BUCKET_KEYS, Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Inputs
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from tests.unit.processors.timecards.strategies import weeks

FEW = settings(max_examples=150, deadline=None, derandomize=True)


@FEW
@given(weeks(), st.randoms(use_true_random=False))
def test_order_does_not_matter(week: Inputs, random: Random) -> None:
    def shuffled(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(rows, len(rows)))

    mixed = replace(
        week,
        punches=shuffled(week.punches),  # type: ignore[arg-type]  # the same rows
        plans=shuffled(week.plans),  # type: ignore[arg-type]  # the same rows
        leaves=shuffled(week.leaves),  # type: ignore[arg-type]  # the same rows
    )
    assert derive(mixed) == derive(week)


def check_card(card: Card) -> None:
    minutes = card.minutes
    assert all(value >= 0 for value in minutes.values()), minutes
    assert minutes["worked"] == sum(minutes[key] for key in BUCKET_KEYS)
    assert minutes["worked"] == minutes["gross"] + minutes["paid_break"] - minutes["meal_auto"]
    assert minutes["night"] <= minutes["worked"]
    assert sum(line.minutes for line in card.lines) == minutes["worked"]
    assert sum(card.labor.values()) <= minutes["gross"]
    for before, after in zip(card.segments, card.segments[1:], strict=False):
        assert before.paid_start <= before.paid_end <= after.paid_start


@FEW
@given(weeks())
def test_sums(week: Inputs) -> None:
    cards = derive(week)
    for card in cards:
        check_card(card)
    assert len({card.work_date for card in cards}) == len(cards)
    counted = {punch for card in cards for shift in card.shifts for punch in shift.punches}
    dropped = {p for card in cards for one in card.exceptions if one.code == "DUPLICATE_PUNCH" for p in one.punches}
    assert counted | dropped == {punch.punch_id for punch in week.punches}
    assert not counted & dropped


@FEW
@given(weeks(), st.integers(0, 7 * 24 * 60))
def test_adding_and_revoking_returns_to_the_same_content(week: Inputs, minute: int) -> None:
    at_ms = min((punch.at_ms for punch in week.punches), default=1_749_441_600_000) + minute * 60_000
    added = Correction(
        correction_id="a" * 32, version=1, tenant="t", employee="E1", operation=CorrectionOperation.ADD,
        status=CorrectionStatus.APPROVED, zone=week.terms[0].zone, punch_at=at_ms, state=1, decided_at=1,
        source="operator",
    )  # fmt: skip
    revoked = replace(added, version=2, status=CorrectionStatus.REVOKED)
    before, after = derive(week), derive(replace(week, corrections=(revoked, added)))
    assert [card.content_hash for card in after] == [card.content_hash for card in before]
    assert derive(replace(week, corrections=(added,))) != before
