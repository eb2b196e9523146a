"""The greatest punch wins, whatever the order; a corrected copy replaces what it corrects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.lastpunch.latest import LatestPunches, latest_of
from processors.lastpunch.seen import SeenPunch, decode_last_punch
from schemas.codec import decode_event
from schemas.lastpunch import LastPunch

T0 = 1_772_355_600_000
BASE = SeenPunch(
    event_id="a" * 32, rank=1, tenant="demo", device="TST1", pin="0017", local_text="2026-03-01 09:00:00",
    punch_at=T0, state=0, work_code="", counts=True,
)  # fmt: skip


def punch(name: str, minute: int, rank: int = 1, **fields: Any) -> SeenPunch:
    return BASE._replace(event_id=name * 32, punch_at=T0 + minute * 60_000, rank=rank, **fields)


def told(*punches: SeenPunch, stored: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:
    stored = {} if stored is None else stored
    model = LatestPunches(stored)
    for number, seen in enumerate(punches):
        model.apply(seen, number)
    for key, value in model.changes().values.items():
        if value is None:
            stored.pop(key, None)
        else:
            stored[key] = value
    return stored


def held(*punches: SeenPunch) -> LastPunch | None:
    value = told(*punches).get(b"TST1+17")
    return decode_event(LastPunch, value) if value is not None else None


@pytest.mark.parametrize(
    ("punches", "winner"),
    [
        ([punch("a", 0), punch("b", 5)], "b"),
        ([punch("b", 5), punch("a", 0)], "b"),
        ([punch("a", 0, 7), punch("b", 0, 9)], "b"),
        ([punch("b", 0, 9), punch("a", 0, 7)], "b"),
        ([punch("a", 0), punch("b", 5, counts=False)], "a"),
        ([punch("a", 0), punch("a", 0, 2, counts=False)], None),
        ([punch("a", 0, 2, counts=False), punch("a", 0)], "a"),
        ([punch("a", 0), punch("a", 0, 2, counts=False), punch("b", -5)], "b"),
    ],
)
def test_who_wins(punches: list[SeenPunch], winner: str | None) -> None:
    last = held(*punches)
    assert (last.event_id[0] if last else None) == winner


def test_a_corrected_copy_replaces_and_an_older_one_does_not() -> None:
    last = held(punch("a", 60), punch("a", 0, rank=2, state=1), punch("a", 60))
    assert last is not None
    assert (last.punch_at, last.rank, last.state) == (T0, 2, 1)


def test_the_key_is_the_normal_pin_and_the_pin_stays_as_sent() -> None:
    last = held(punch("a", 0))
    assert last is not None
    assert (last.pin, last.local_text) == ("0017", "2026-03-01 09:00:00")
    assert set(told(punch("a", 0), punch("b", 1, pin="17"), punch("c", 1, device="TST2"))) == {b"TST1+17", b"TST2+17"}


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_order_and_batches_and_repeats_do_not_matter(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4), st.booleans()), max_size=12))
    punches = [
        punch("a", minute, rank, counts=attends)._replace(event_id=f"{number:032x}")
        for number, (minute, rank, attends) in enumerate(drawn)
    ]
    expected = max(((p.punch_at, p.rank) for p in punches if p.counts), default=None)
    stored: dict[bytes, bytes] = {}
    shuffled = data.draw(st.permutations(punches))
    cut = data.draw(st.integers(0, len(punches)))
    told(*shuffled[:cut], stored=stored)
    told(*shuffled[cut:], *shuffled[cut // 2 :], stored=stored)
    last = decode_event(LastPunch, stored[b"TST1+17"]) if stored else None
    assert ((last.punch_at, last.rank) if last else None) == expected


def test_the_same_again_writes_nothing() -> None:
    stored = told(punch("a", 0), punch("b", 5))
    model = LatestPunches(stored)
    for seen in (punch("a", 0), punch("b", 5)):
        model.apply(seen, 0)
    assert model.changes() == ({}, (), ())
    last = decode_last_punch(stored[b"TST1+17"])
    assert latest_of(last, punch("b", 5)) is last
