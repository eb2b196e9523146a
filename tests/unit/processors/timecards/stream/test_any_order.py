"""Whatever the order, the batches and the crashes: the same cards, each version once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.timecards import LOCKED_KEYS
from schemas.timecards_input import TimecardInput
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    correction,
    employed,
    period,
    pid,
    retract,
    roster,
    watermark,
)

MONDAY_MS = at("00:00")
_TIMES = [at(f"+{day} {hour:02}:00") for day in (0, 1, 3, 6, 7) for hour in (0, 6, 14, 22)]
_PEOPLE = st.sampled_from(("e1", "e2"))
_PUNCHES = st.builds(
    assign,
    st.sampled_from(_TIMES),
    st.sampled_from((0, 1, 2, 3, None)),
    _PEOPLE,
    rank=st.integers(1, 2),
    identity_version=st.integers(1, 3),
    site=st.sampled_from(("home", "branch")),
)
_RETRACTS = st.builds(retract, st.sampled_from(_TIMES), _PEOPLE, st.integers(1, 3))
_WATERMARKS = st.builds(
    lambda hours, site, number: watermark(
        MONDAY_MS + hours * 3_600_000, site, number, resolver_partitions=[0, 1] if site == "home" else [number]
    ),
    st.integers(0, 400),
    st.sampled_from(("home", "branch")),
    st.integers(0, 1),
)


@st.composite
def corrections(draw: st.DrawFn) -> TimecardInput:
    operation = draw(st.sampled_from(("add", "edit", "void", "leave")))
    target, new = draw(st.sampled_from(_TIMES)), draw(st.sampled_from(_TIMES)) + 600_000
    more: dict[str, Any] = {"target": pid(target), "target_at": target}
    if operation in ("add", "edit"):
        more = {**(more if operation == "edit" else {}), "punch_at": new, "state": draw(st.sampled_from((0, 1)))}
    if operation == "leave":
        more = {"work_date": (MONDAY + timedelta(draw(st.integers(0, 7)))).isoformat(), "minutes": 60}
    status = draw(st.sampled_from(("approved", "approved", "pending", "revoked")))
    number = ("add", "edit", "void", "leave").index(operation)
    return correction(operation, "abcd"[number], draw(st.integers(1, 3)), draw(_PEOPLE), status=status, **more)


_ROSTERS = st.builds(
    lambda version, who, day, shifts: roster(version, who, **{f"d2026_06_{day:02}": shifts}),
    st.integers(1, 3),
    _PEOPLE,
    st.integers(1, 8),
    st.sampled_from((None, [], [("06:00", "14:00")], [("22:00", "06:00")])),
)
_RECORDS = st.builds(employed, _PEOPLE, st.integers(1, 3), site=st.sampled_from(("home", "branch")))


def _unambiguous(events: list[TimecardInput]) -> list[TimecardInput]:
    """One content for each version of a thing: more would be a contradiction, and order could not but matter."""
    seen: dict[object, TimecardInput] = {}
    for one in events:
        key: object
        if one.correction is not None:
            key = (one.employee, one.correction.correction_id, one.correction.version)
        elif one.roster is not None:
            key = (one.employee, *one.roster.dates, one.roster.version)
        elif one.record is not None:
            key = (one.employee, "record", one.record.rank)
        elif one.kind == "watermark":
            key = (one.site, one.resolver_partition, one.watermark)
        elif one.punch is not None:
            key = (one.employee, one.punch_id, one.identity_version, one.rank)
        else:
            key = (one.employee, one.punch_id, one.identity_version, one.rank)
        seen.setdefault(key, one)
    return list(seen.values())


_EVENTS = st.lists(
    st.one_of(_PUNCHES, _PUNCHES, _PUNCHES, _RETRACTS, _WATERMARKS, corrections(), _ROSTERS, _RECORDS), max_size=25
).map(_unambiguous)


def _quiet(events: list[TimecardInput]) -> World:
    world = World()
    world.tell(world.policy(ot={"weekly": [{"after": 600, "bucket": "ot1"}]}), events)
    return world


@settings(max_examples=40, deadline=None)
@given(events=_EVENTS, random=st.randoms(use_true_random=False))
def test_any_order_any_batches_any_crashes(events: list[TimecardInput], random: Any) -> None:
    quiet = _quiet(events)
    check(quiet)
    shaken = World()
    shuffled = random.sample(events, len(events))
    shaken.log += [shaken.policy(ot={"weekly": [{"after": 600, "bucket": "ot1"}]}), *shuffled]
    crashes = 6
    while shaken.committed < len(shaken.log) or shaken.is_busy:
        crash = random.choice(("", "before", "after")) if crashes else ""
        crashes -= bool(crash)
        shaken.step(random.randint(1, 6), crash)
        if crash:
            shaken.committed = random.randint(max(0, shaken.committed - 3), shaken.committed)
    check(shaken)
    assert shaken.hashes() == quiet.hashes()
    assert shaken.replay() == []
    assert quiet.replay() == []


@settings(max_examples=25, deadline=None)
@given(punches=st.lists(_PUNCHES, max_size=12).map(_unambiguous), at_ms=st.sampled_from(_TIMES))
def test_a_punch_that_comes_and_goes_leaves_what_was(punches: list[TimecardInput], at_ms: int) -> None:
    world = _quiet([one for one in punches if one.punch_id != pid(at_ms)])
    before = world.hashes()
    world.tell(assign(at_ms, 0, "e1"))
    world.tell(retract(at_ms, "e1", 2))
    assert world.hashes() == before
    check(world)


_INPUTS = st.lists(
    st.one_of(_PUNCHES, _PUNCHES, _PUNCHES, _RETRACTS, _WATERMARKS, corrections(), _ROSTERS), max_size=21
).map(_unambiguous)


@settings(max_examples=25, deadline=None)
@given(events=_INPUTS, reopens=st.booleans(), random=st.randoms(use_true_random=False))
def test_locked_and_adjustments_are_what_is_derived(events: list[TimecardInput], reopens: bool, random: Any) -> None:
    third = len(events) // 3
    people = [employed("e1"), employed("e2")]
    world, free = World(), World()
    free.tell(people, events)
    world.log += [*people, *events[:third], period("CLOSING", 1), *events[third : 2 * third], period("LOCKED", 2)]
    if reopens:
        world.log += [period("REOPENED", 3), *events[:1], period("CLOSING", 4), period("LOCKED", 5)]
    world.log += events[2 * third :]
    crashes = 5
    while world.committed < len(world.log) or world.is_busy:
        crash = random.choice(("", "before", "after")) if crashes else ""
        crashes -= bool(crash)
        world.step(random.randint(1, 6), crash)
    last_lock = 5 if reopens else 2
    now = free.cards()
    for who in ("e1", "e2"):
        for number in range(14):
            day = (MONDAY + timedelta(number)).isoformat()
            card = now.get((who, day))
            derived = {key: getattr(card, key) if card is not None else 0 for key in LOCKED_KEYS}
            assert world.net(who, day, last_lock) == derived
    check(world)
    assert world.replay() == []


@pytest.mark.parametrize("batch", [1, 5, 100])
def test_no_week_without_content_has_a_card(batch: int) -> None:
    world = World()
    world.tell(employed(), assign(at("08:00")), retract(at("08:00")), watermark(at("+30 00:00")), batch=batch)
    assert {card.status for card in world.cards().values()} <= {"VOID"}
    assert len(world.weeks()) == len({card.week_start for card in world.cards().values()})
