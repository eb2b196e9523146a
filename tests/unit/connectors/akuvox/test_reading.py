"""The pure cursor: any sequence of rows, deletions, clears and restarts, read in pages that slide meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.akuvox.fingerprints import Known, load_known, marks, seen_door_row, segment_name
from connectors.akuvox.logcursor import Cursor, load, measured, to_json
from connectors.akuvox.pages import Step
from connectors.akuvox.reading import Found, Reading
from connectors.source import Json
from wire.akuvox.rows import LogPage


@dataclass
class Log:
    """A station's log, newest first. Every row has a number of its own in `Relay`, which no fingerprint sees."""

    rows: list[Json] = field(default_factory=list)
    next_id: int = 1
    made: int = 0
    served: set[str] = field(default_factory=set)
    with_ids: bool = True

    def add(self, count: int = 1) -> None:
        for _ in range(count):
            self.made += 1
            clock = self.made // 3  # three rows a second
            row = {
                "Date": "2026-01-15", "Time": f"{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}",
                "Name": "Ann", "Type": "Card", "Status": "0", "Relay": str(self.made),
            }  # fmt: skip
            if self.with_ids:
                row["ID"] = str(self.next_id)
            self.next_id += 1
            self.rows.insert(0, row)

    def page(self, number: int | None) -> LogPage:
        rows = self.rows if number is None else self.rows[(number - 1) * 10 : number * 10]
        self.served.update(row["Relay"] for row in rows)
        return LogPage(tuple(rows), len(self.rows))


def read(
    log: Log, cursor: Cursor, known: Known, between: Callable[[], None] = lambda: None, to_the_end: bool = False
) -> tuple[Found, int]:
    """What was found, in how many requests."""
    reading = Reading(cursor, known, seen_door_row, to_the_end=to_the_end)
    for requests in range(1, 1000):
        if reading.take(log.page(reading.pages.next_page)) is Step.DONE:
            return reading.found(), requests
        between()
    raise AssertionError("it never ends")


def relays(found: Found) -> list[int]:
    return [int(row["Relay"]) for _, rows in found.batches for row, _ in rows]


STEP = st.tuples(st.sampled_from(("add", "add", "add", "clear", "restart", "delete")), st.integers(0, 40))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(STEP, max_size=3), st.lists(STEP, max_size=3)), max_size=12))
def test_whatever_was_served_goes_out_once_and_in_order(polls: list[tuple[list[tuple[str, int]], ...]]) -> None:
    log, cursor, known = Log(), Cursor(), Known()
    out: list[int] = []
    refs: set[tuple[int, str]] = set()

    def happen(what: str, count: int) -> None:
        if what == "add":
            log.add(count)
        elif what == "delete":
            del log.rows[count : count + 1]
        else:
            log.rows.clear()
            if what == "restart":
                log.next_id, log.made = 1, log.made + 3  # a second passes: else one row is like the other in all it has

    for before, meanwhile in polls:
        for what, count in before:
            happen(what, count)
        later = iter(meanwhile)
        found, _ = read(log, cursor, known, lambda later=later: happen(*next(later, ("add", 0))))  # type: ignore[misc] # default
        out += relays(found)
        for epoch, rows in found.batches:
            for row, _ in rows:
                assert (epoch, row["ID"]) not in refs, "one id, two rows"
                refs.add((epoch, row["ID"]))
        cursor, known = found.cursor, found.known
    assert sorted(out) == sorted(set(out)), "a row went out twice"
    assert set(map(str, out)) == log.served


@given(st.lists(st.integers(0, 25), max_size=10))
@settings(max_examples=30, deadline=None)
def test_rows_without_ids_are_told_apart_by_their_occurrence(bursts: list[int]) -> None:
    log, cursor, known = Log(with_ids=False), Cursor(), Known()
    out: list[int] = []
    for burst in bursts:
        log.add(burst)
        found, _ = read(log, cursor, known)
        out += relays(found)
        cursor, known = found.cursor, found.known
    assert out == list(range(1, log.made + 1))


def test_equal_rows_without_ids_count_from_the_oldest() -> None:
    row = {"Date": "2026-01-15", "Time": "10:00:00", "Name": "Ann"}
    first, second = marks([seen_door_row(row), seen_door_row(dict(row))])
    assert (first[1], second[1]) == (1, 0)
    assert first[0] != second[0]


@given(st.lists(st.integers(0, 700), max_size=20))
@settings(max_examples=30, deadline=None)
def test_known_rows_are_kept_in_segments(bursts: list[int]) -> None:
    state: dict[str, Json] = {}
    cursor, known, number = Cursor(), Known(), 0
    everything: list[int] = []
    for burst in bursts:
        new = list(range(number, number + burst))
        number += burst
        everything += new
        moved = known.with_prints(new)
        for name, value in {"doorlog": to_json(cursor, moved), **moved.segments_since("doorlog", known.total)}.items():
            assert value is not None
            state[name] = value
        loaded = load("doorlog", state.get)
        assert loaded == (cursor, moved)
        known = loaded[1]
        assert set(everything[-3000:]) <= set(known.prints)
        assert len(known.prints) < 3400


def test_a_missing_segment_is_no_state_of_ours() -> None:
    with pytest.raises(ValueError, match=r"doorlog\.0"):
        load_known("doorlog", 300, "", lambda _: None)
    assert segment_name("doorlog", 13) == "doorlog.1"


def test_other_words_of_another_firmware_make_no_row_new() -> None:
    log = Log()
    log.add(8)
    found, _ = read(log, Cursor(), Known())
    for row in log.rows:
        row |= {"Date": "2026/01/15", "Type": "1", "Status": "Success"}
    log.add()
    again, requests = read(log, found.cursor, found.known)
    assert (relays(again), requests, again.gap) == ([9], 1, None)


def test_ids_given_again_after_the_newest_were_deleted_are_another_epoch() -> None:
    log = Log()
    log.add(30)
    found, _ = read(log, Cursor(), Known())
    del log.rows[:3]
    log.next_id = 28
    log.made += 3  # the next second
    log.add(3)
    again, _ = read(log, found.cursor, found.known)
    assert [(epoch, row["ID"]) for epoch, rows in again.batches for row, _ in rows] == [
        (2, "28"), (2, "29"), (2, "30"),
    ]  # fmt: skip
    assert again.gap is None


def test_a_restart_of_ids_above_rows_that_stay() -> None:
    log = Log()
    log.add(30)
    found, _ = read(log, Cursor(), Known())
    log.next_id = 1
    log.add(12)
    again, requests = read(log, found.cursor, found.known)
    assert relays(again) == list(range(31, 43))
    assert ({epoch for epoch, _ in again.batches}, again.gap, requests) == ({2}, None, 2)


def test_deleted_rows_that_pull_others_up_are_read_all_the_same() -> None:
    log = Log()
    log.add(5)
    found, _ = read(log, Cursor(), Known())
    log.add(40)

    def delete() -> None:
        if len(log.rows) == 45:
            del log.rows[:2]

    again, _ = read(log, found.cursor, found.known, delete)
    assert relays(again) == list(range(6, 46))


def test_what_a_page_showed_goes_out_though_it_is_deleted_before_the_next() -> None:
    log = Log()
    log.add(5)
    found, _ = read(log, Cursor(), Known())
    log.add(40)
    happen = iter((lambda: log.rows.__delitem__(slice(0, 2)), log.rows.clear))
    again, _ = read(log, found.cursor, found.known, lambda: next(happen, lambda: None)())
    assert set(map(str, relays(again))) == log.served - {"1", "2", "3", "4", "5"}
    assert len(log.served) > 5 + 10


def test_ten_rows_that_come_between_two_pages_are_no_ignored_pages() -> None:
    log = Log()
    log.add(5)
    found, _ = read(log, Cursor(), Known())
    log.add(40)
    del log.rows[-5:]  # a full ring: the number of rows stays, and no known row is left
    come = iter((10,))

    def ring() -> None:
        new = next(come, 0)
        log.add(new)
        del log.rows[40:]

    reading = Reading(found.cursor, found.known, seen_door_row)
    while reading.take(log.page(reading.pages.next_page)) is not Step.DONE:
        ring()
    assert not reading.pages.ignores_pages
    assert sorted(relays(reading.found())) == sorted(map(int, log.served - {"1", "2", "3", "4", "5"}))


def test_an_epoch_whose_rows_may_have_gone_out_before_a_crash_is_not_used_for_others() -> None:
    log = Log()
    log.add(30)
    found, _ = read(log, Cursor(), Known())

    def restart(rows: int) -> None:
        log.rows.clear()
        log.next_id, log.made = 1, log.made + 3
        log.add(rows)

    restart(3)
    lost, _ = read(log, found.cursor, found.known)
    promised = replace(found.cursor, promise=lost.cursor.promise)  # what was saved before the crash
    same, _ = read(log, promised, found.known)
    assert [epoch for epoch, _ in same.batches] == [epoch for epoch, _ in lost.batches] == [2]
    restart(2)
    other, _ = read(log, promised, found.known)
    assert [epoch for epoch, _ in other.batches] == [3]
    log.rows.clear()
    empty, _ = read(log, promised, found.known)
    log.next_id = 1
    log.add(2)
    later, _ = read(log, empty.cursor, empty.known)
    assert [epoch for epoch, _ in later.batches] == [3]


def test_ring_is_full_when_rows_come_and_their_number_stays() -> None:
    cursor = Cursor(begun=True, num=100)
    assert measured(100, cursor, new=20, seconds=5, whole=True) == (100, 4.0)
    assert measured(110, cursor, new=10, seconds=5, whole=True) == (None, 2.0)
    assert measured(100, cursor, new=0, seconds=5, whole=True) == (None, 0.0)
    full = replace(cursor, ring=100, peak=7.0)
    assert full.is_tight(5)
    assert not full.is_tight(4)
    assert measured(110, full, new=10, seconds=5, whole=True)[0] is None
