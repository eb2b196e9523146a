"""Presence: a record when something is new or a minute has passed, and never more devices than allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.presence import Presence


def test_first_new_info_and_after_the_interval() -> None:
    presence = Presence(60_000)
    assert presence.is_due("A", 0, "")
    assert not presence.is_due("A", 59_999, "")
    assert presence.is_due("A", 59_999, "Ver 6.8,2")
    assert not presence.is_due("A", 60_000, "Ver 6.8,2")
    assert not presence.is_due("A", 60_001, ""), "a poll without INFO says nothing new"
    assert presence.is_due("A", 119_999, "")
    assert not presence.is_due("A", 119_999, "Ver 6.8,2"), "what it said is remembered over a record without INFO"


def test_a_full_table_takes_a_new_device_only_for_an_old_one() -> None:
    presence = Presence(60_000, max_devices=2)
    assert presence.is_due("A", 0, "")
    assert presence.is_due("B", 1, "")
    assert not presence.is_due("C", 2, "")
    assert presence.is_due("C", 60_000, "")
    assert len(presence) == 2


@given(st.lists(st.tuples(st.sampled_from("ABCDEF"), st.integers(0, 30_000), st.sampled_from(["", "x", "y"]))))
def test_records_without_news_are_an_interval_apart(steps: list[tuple[str, int, str]]) -> None:
    presence = Presence(60_000, max_devices=3)
    now = 0
    written: dict[str, int] = {}
    for serial, pause, info in steps:
        now += pause
        due = presence.is_due(serial, now, info)
        if due and not info and serial in written:
            assert now - written[serial] >= 60_000
        if due:
            written[serial] = now
        assert len(presence) <= 3
