"""Whatever the order of inputs, their batches and the crashes, everybody ends with the same punches."""

from __future__ import annotations

import random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Punch
from schemas.resolver_input import AreaDevices, IdentityChange, ResolverInput
from tests.unit.processors.resolve.worlds import HOUR, T0, Crash, Partition, area, identity, owned, punched

DEVICES, PINS, EMPLOYEES, AREAS = ("D1", "D2"), ("7", "8"), ("ann", "bob", "cyd", ""), ("x", "y")
INSTANTS = [T0 + number * HOUR for number in range(6)]
CRASHES: tuple[Crash, ...] = ("none", "before_commit", "before_send", "while_sending")

T = TypeVar("T")

bounds = st.sampled_from([None, *INSTANTS])
punches = st.builds(
    punched,
    st.sampled_from(DEVICES),
    st.sampled_from(("7", "007", "8")),
    st.sampled_from(INSTANTS),
    rank=st.integers(1, 3),
    counts=st.booleans(),
    tenant=st.sampled_from(("demo", "other")),
)
periods = st.lists(st.tuples(bounds, bounds).map(list), max_size=2)


@st.composite
def worlds(draw: st.DrawFn) -> list[ResolverInput]:
    """Each version of a record is told to all its devices; punches of equal rank are equal copies."""
    found: list[ResolverInput] = []
    seen: dict[tuple[str, int], ResolverInput] = {}
    for one in draw(st.lists(punches, max_size=12)):
        assert one.punch is not None
        found.append(seen.setdefault((one.punch.event_id, one.punch.rank), one))
    for version in range(1, draw(st.integers(1, 7))):
        scope = draw(st.sampled_from(["device:D1", "device:D2", "area:x", "area:y"]))
        pin, employee = draw(st.sampled_from(PINS)), draw(st.sampled_from(EMPLOYEES))
        since, until, deleted = draw(bounds), draw(bounds), draw(st.booleans())
        for device in DEVICES if scope.startswith("area") else (scope.removeprefix("device:"),):
            found.append(
                identity(device, pin, employee, version, scope=scope, since=since, until=until, deleted=deleted)
            )
    for version in range(1, draw(st.integers(1, 5))):
        devices = {device: draw(periods) for device in DEVICES if draw(st.booleans())}
        found.append(area(draw(st.sampled_from(AREAS)), version, **devices))
    return found


def expected(inputs: list[ResolverInput]) -> dict[str, set[str]]:
    """The obvious way: the newest of everything, then each punch looked up."""
    best: dict[str, Punch] = {}
    identities: dict[tuple[str, str, str, int | None], IdentityChange] = {}
    areas: dict[str, AreaDevices] = {}
    for one in inputs:
        if one.punch is not None:
            held = best.get(one.punch.event_id)
            best[one.punch.event_id] = one.punch if held is None or one.punch.rank > held.rank else held
        elif one.identity is not None:
            key = (one.device, one.identity.pin, one.identity.scope, one.identity.valid_from)
            if key not in identities or one.identity.version > identities[key].version:
                identities[key] = one.identity
        elif one.area is not None and (one.area.area not in areas or one.area.version > areas[one.area.area].version):
            areas[one.area.area] = one.area
    found: dict[str, set[str]] = {}
    for punch in best.values():
        says = []
        for (device, pin, scope, since), one_identity in identities.items():
            if device != punch.device or pin != punch.pin.lstrip("0") or one_identity.deleted:
                continue
            is_there = [[since, one_identity.valid_to]]
            if scope.startswith("area:"):
                told = areas.get(scope[5:])
                is_there += [[1, 0]] if told is None else [[1, 0], *told.devices.get(device, [])]
                in_area = any(inside(period, punch.punch_at) for period in is_there[1:])
            else:
                in_area = True
            if one_identity.tenant == punch.tenant and in_area and inside(is_there[0], punch.punch_at):
                says.append((scope.startswith("device:"), since or 0, one_identity.version, one_identity.employee))
        employee = max(says)[3] if says else ""
        if employee and punch.is_attendance:
            found[punch.event_id] = {employee}
    return found


def _and_again(records: list[T], chance: random.Random) -> list[T]:
    """Shuffled, some of them twice."""
    log = records + (chance.choices(records, k=1 + len(records) // 3) if records else [])
    chance.shuffle(log)
    return log


def inside(period: list[int | None], at: int) -> bool:
    since, until = period
    return (since is None or since <= at) and (until is None or at < until)


@settings(max_examples=150, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_any_order_batching_and_crash_gives_the_same_owners(inputs: list[ResolverInput], chance: random.Random) -> None:
    log = _and_again(inputs, chance)
    partition = Partition(log)
    while partition.committed < len(log):
        partition.take(chance.randint(1, 4), chance.choice(CRASHES))
    assert partition.owned() == expected(inputs)
    # Who reads may get records again, and in another order: employees are in different partitions.
    assert owned(_and_again(partition.sent, chance)) == expected(inputs)


@settings(max_examples=50, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_what_is_done_again_from_the_beginning_changes_nothing(
    inputs: list[ResolverInput], chance: random.Random
) -> None:
    partition = Partition(list(inputs))
    partition.take(len(inputs))
    stored = dict(partition.stored)
    partition.committed = 0
    partition.model = None
    while partition.committed < len(inputs):
        partition.take(chance.randint(1, 4))
    assert partition.stored == stored
    assert partition.owned() == expected(inputs)
    sent, partition.sent = partition.sent, []
    partition.committed = 0
    partition.take(len(inputs))
    assert partition.owned() == expected(inputs)  # all of it is told again
    assert owned(sent) == expected(inputs)
