"""The pure cursor: as a state machine against a list that lives, and its rules one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connectors.biotime.arrivals import ArrivalScan, Step, scan_floor, sort_proof
from connectors.biotime.cursor import ID_WINDOW, Cursor, began_anew, from_json, to_json, top_is_gone
from connectors.biotime.rows import SeenRow, seen_row

DUBAI = ZoneInfo("Asia/Dubai")
OVERLAP = timedelta(minutes=15)


def row(number: int | None, upload: str | None = "2026-03-02T08:00:00", **fields: object) -> SeenRow:
    body = {"emp_code": "1", "punch_time": "2026-03-02 08:00:00", "upload_time": upload, "terminal_sn": "T1", **fields}
    return seen_row(body if number is None else {"id": number, **body})


class LivingList(RuleBasedStateMachine):
    """Arrivals newest first; a row may become visible up to ten minutes after its id was given; a worker may die after
    the rows went out; nothing may be lost, and nothing doubled but by a death."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.fromisoformat("2026-03-02T08:00:00")
        self.numbers = count(1)
        self.visible: list[SeenRow] = []
        self.hidden: list[tuple[datetime, SeenRow]] = []
        self.kept = to_json(Cursor(total=0))
        self.out: list[int] = []
        self.deaths = 0

    @rule(seconds=st.integers(0, 3000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.visible += [row for until, row in self.hidden if until <= self.now]
        self.hidden = [(until, row) for until, row in self.hidden if until > self.now]

    @rule(rows=st.integers(1, 15), hidden_seconds=st.sampled_from([0, 0, 0, 60, 600]))
    def arrive(self, rows: int, hidden_seconds: int) -> None:
        for _ in range(rows):
            new = row(next(self.numbers), self.now.isoformat())
            if hidden_seconds:
                self.hidden.append((self.now + timedelta(seconds=hidden_seconds), new))
            else:
                self.visible.append(new)

    @rule(size=st.integers(3, 12), drift=st.integers(0, 3), dies=st.sampled_from([False, False, False, True]))
    def scan(self, size: int, drift: int, dies: bool) -> None:
        cursor = from_json(self.kept)
        scan = ArrivalScan(cursor, scan_floor(cursor.upload_watermark, OVERLAP, DUBAI))
        page, step = 0, Step.MORE
        while step is Step.MORE:
            listed = sorted(self.visible, key=lambda seen: (seen.upload or "", seen.id or 0), reverse=True)
            rows = listed[page * size : (page + 1) * size]
            if not rows:
                break
            step = scan.take(rows)
            if drift and page in (1, 3):
                self.arrive(drift, 0)
            page += 1
        assert step is not Step.UNSORTED
        assert not began_anew(cursor, scan.seen, {})
        self.out += [number for number in scan.found if isinstance(number, int)]
        if dies:
            self.deaths += 1
            return
        moved = cursor.with_rows(list(scan.found.values())).with_watermark(scan.newest)
        self.kept = orjson.loads(orjson.dumps(to_json(moved)))

    @rule()
    def quiet_scan(self) -> None:
        self.scan(10, 0, False)
        assert {row.id for row in self.visible} <= set(self.out)

    @invariant()
    def nothing_twice(self) -> None:
        if not self.deaths:
            assert len(self.out) == len(set(self.out))
        assert len(self.kept["recent_ids"]) <= ID_WINDOW


LivingList.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestLivingList = LivingList.TestCase


@given(st.lists(st.integers(1, 10_000)), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_json_and_window(numbers: list[int], top: int) -> None:
    cursor = Cursor(max_id=top).with_rows([row(number) for number in numbers])
    assert from_json(orjson.loads(orjson.dumps(to_json(cursor)))) == cursor
    assert all(number > cursor.floor for number in cursor.recent_ids)
    assert not any(cursor.is_new(row(number)) for number in numbers)


def test_a_comparison_of_days_never_raises_max_id() -> None:
    cursor = Cursor(max_id=100).with_rows([row(99), row(5000)], arrived=False)
    assert (cursor.max_id, cursor.recent_ids) == (100, frozenset({99}))


def test_rows_without_an_id_are_known_by_all_their_content() -> None:
    cursor = Cursor().with_rows([row(None)])
    assert not cursor.is_new(row(None))
    assert cursor.is_new(row(None, emp_code="2"))
    assert len(Cursor().with_rows([row(None, emp_code=str(n)) for n in range(900)]).odd) == 200


class TestBeganAnew:
    CURSOR = Cursor(max_id=5000, recent_ids=frozenset(range(3001, 5001)), upload_watermark="2026-03-02T08:00:00")
    LATER = "2026-03-02T08:00:01"

    def test_an_id_far_below(self) -> None:
        assert began_anew(self.CURSOR, [row(5001, self.LATER), row(2999, self.LATER)], {})

    def test_a_known_id_that_is_another_row(self) -> None:
        assert began_anew(self.CURSOR, [row(4000, self.LATER)], {4000: 1})
        assert began_anew(self.CURSOR, [row(5000, self.LATER), row(5001, self.LATER)], {})

    def test_an_edit_is_none(self) -> None:
        assert not began_anew(self.CURSOR, [row(4000, self.LATER), row(5000)], {4000: 1})
        assert not began_anew(self.CURSOR, [row(4000, self.LATER)], {4000: row(4000).content})

    def test_arrivals_are_none(self) -> None:
        assert not began_anew(self.CURSOR, [row(5001, self.LATER), row(4999), row(100)], {})

    def test_top(self) -> None:
        assert not top_is_gone(self.CURSOR, 4990)
        assert top_is_gone(self.CURSOR, 4980)


class TestOrder:
    @pytest.mark.parametrize(
        ("uploads", "proof"),
        [([], None), (["b"], None), (["b", "b"], None), (["c", "b", "b"], True), (["c", "b", "c"], False)],
    )
    def test_proof(self, uploads: list[str], proof: bool | None) -> None:
        assert sort_proof(uploads) is proof

    def test_a_rise_between_pages_is_no_proof(self) -> None:
        scan = ArrivalScan(Cursor(), None)
        assert scan.take([row(3, "2026-03-02T08:00:03"), row(2, "2026-03-02T08:00:02")]) is Step.MORE
        assert scan.take([row(4, "2026-03-02T08:00:04"), row(1, "2026-03-02T08:00:01")]) is Step.MORE
        assert scan.take([row(4, "2026-03-02T08:00:04"), row(5, "2026-03-02T08:00:05")]) is Step.UNSORTED

    def test_nothing_to_order_by(self) -> None:
        assert ArrivalScan(Cursor(), None).take([row(3, None)]) is Step.UNSORTED

    def test_floor(self) -> None:
        assert scan_floor(None, OVERLAP, DUBAI) is None
        assert scan_floor("2026-03-02T08:00:00", OVERLAP, DUBAI) == "2026-03-02T07:45:00"
        berlin = ZoneInfo("Europe/Berlin")
        assert scan_floor("2026-10-25T02:59:00", OVERLAP, berlin) == "2026-10-25T01:44:00"
        assert scan_floor("2026-03-29T03:30:00", OVERLAP, berlin) == "2026-03-29T03:15:00"
