"""The people of the timecard benchmarks: their month is what is said of it, and copies of it are as good as theirs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from bench import timecards_people
from bench.timecards_people import SITES, Alone, Person, Warm, assign, card_registry, live, warm_month, workdays
from processors.timecards.stream.kept_codec import decode_bucket
from processors.timecards.stream.state_keys import read_key
from schemas.timecards_input import TimecardInputKind

DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def warm() -> Warm:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timecards_people, "_MEMBERS", 1)
        return warm_month()


def alone_with(warm: Warm, people: list[Person]) -> Alone:
    stored = {key: value for _, key, value in warm.copies(people)}
    return Alone({**stored, **warm.of_registry(card_registry().version)}, card_registry())


def test_everybody_has_22_complete_cards_of_88_punches(warm: Warm) -> None:
    assert len(warm.months) == len(SITES)
    for month in warm.months:
        buckets = [decode_bucket(read_key(b"x" + end).bucket, value) for end, value in month if end.startswith(b"#")]
        assert sum(len(bucket.punches) for bucket in buckets) == 88
        assert [day.status for bucket in buckets for day in bucket.published.values()] == ["COMPLETE"] * 22


def test_a_copy_is_what_its_owner_would_have_and_each_punch_changes_one_card(warm: Warm) -> None:
    people = [Person(number, f"E{number}") for number in range(2 * len(SITES))]
    alone = alone_with(warm, people)
    member = Person(3, "T00003")
    known = assign(member, date(2026, 6, 17), 0)
    for employee in ("E3", "E23"):  # known to both, since both have this member's month
        alone.take([replace(known, employee=employee)])
        assert not alone.written
    alone.take([assign(person, DAY, 0) for person in people])
    assert Counter(topic for topic, _, _ in alone.written)["timecards.history"] == len(people)


def test_live_days_are_four_punches_of_everybody_and_one_watermark_of_each_site() -> None:
    people = [Person(number, f"E{number}") for number in range(30)]
    days = workdays(DAY, date(2026, 7, 7))
    events = list(live(people, days))
    kinds = Counter(event.kind for event in events)
    assert len(days) == 5
    assert kinds == {TimecardInputKind.ASSIGN: 5 * 4 * 30, TimecardInputKind.WATERMARK: 5 * len(SITES)}
    assert len({event.punch_id for event in events if event.punch_id}) == kinds[TimecardInputKind.ASSIGN]
    assert events == list(live(people, days))
