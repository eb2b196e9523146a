"""Whatever the batches: the same inputs give the same state; inputs that come again change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.devices.facts import DeviceFacts, Standing
from processors.devices.tracked import TrackedUnreadable, decode_tracked, encode
from schemas.devices import DeviceInput, InputKind
from schemas.polled import SourceStatus
from tests.unit.processors.devices.stories import NAMED, T0, Story, presence

SERIALS = ("A", "B", "C", "D", "E", "F")
FACTS = {
    "A": NAMED,
    "B": NAMED,
    "C": DeviceFacts(standing=Standing.UNNAMED),
    "D": DeviceFacts(standing=Standing.REFUSED),
    "E": DeviceFacts(standing=Standing.UNNAMED),
    "F": DeviceFacts(standing=Standing.RETIRED),
}


@st.composite
def inputs(draw: st.DrawFn) -> DeviceInput:
    kind = draw(st.sampled_from(InputKind))
    at = T0 + draw(st.integers(-100_000, 40_000_000))
    fields: dict[str, object] = {}
    match kind:
        case InputKind.UPLOAD:
            lag = draw(st.sampled_from((0, -1000, 3_600_000, -40_000_000)))
            hours = draw(st.sampled_from(({}, {"2026-03-01T09": 2}, {"2026-02-23T09": 1})))
            fields = {"table": "ATTLOG", "rows": 1, "newest_at": at + lag, "stamp": str(at), "punches_by_hour": hours}
        case InputKind.PRESENCE:
            fields = {"info": draw(st.sampled_from(("", "V1,1,2,300,10.0.0.1", "V1,1,2,900,10.0.0.1")))}
        case InputKind.OPTIONS:
            fields = {
                "options": draw(st.dictionaries(st.sampled_from(("~MaxAttLogCount", "MAC")), st.text(max_size=3)))
            }
        case InputKind.STRANGER | InputKind.REFUSED:
            fields = {"table": "reason"}
        case InputKind.ALERT:
            fields = {"word": "tamper"}
        case InputKind.SOURCE:
            fields = {"word": draw(st.sampled_from(SourceStatus)).value, "via": "biotime:b1", "since": at}
        case InputKind.TERMINAL:
            seen_at = draw(st.sampled_from((None, at - 60_000, at - 3_600_000)))
            fields = {"via": draw(st.sampled_from(("biotime:b1", "biotime:b2"))), "seen_at": seen_at}
        case InputKind.SAMPLE:
            fields = {"via": "akuvox:0C", "options": {"relay1": draw(st.sampled_from("01"))}}
        case InputKind.WATERMARK:
            fields = {"via": "biotime:b1", "watermark": at - draw(st.integers(0, 1_000_000))}
    device = "edge:1" if kind is InputKind.TICK else draw(st.sampled_from(SERIALS))
    return DeviceInput(kind=kind, tenant="demo", device=device, at=at, edge="edge-1", **fields)  # type: ignore[arg-type]  # the fields of a kind


def story() -> Story:
    made = Story(NAMED, **FACTS)
    made.max_pending = 2
    made.model = made.load()
    return made


@given(st.lists(inputs(), max_size=40), st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
@settings(max_examples=60, deadline=None)
def test_any_split_into_batches_with_restarts_in_between_gives_the_same(
    events: list[DeviceInput], cuts: set[int], restarts: set[int]
) -> None:
    whole = story().tell(*events)
    split = story()
    for number, event in enumerate(events):
        split.model.apply(event, number)
        if number in cuts or number in restarts:
            split.write()
        if number in restarts:
            split.model = split.load()
    split.write()
    assert split.stored == whole.stored
    assert split.outputs == whole.outputs
    assert split.model.devices == whole.model.devices == whole.load().devices


@given(st.lists(inputs(), max_size=30), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_any_suffix_again_changes_nothing(events: list[DeviceInput], start: int) -> None:
    told = story().tell(*events)
    stored, outputs = dict(told.stored), list(told.outputs)
    told.model = told.load()
    for number in range(start, len(events)):
        told.model.apply(events[number], number)
    told.write()
    assert (told.stored, told.outputs) == (stored, outputs)


@given(st.lists(inputs(), max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_clock_and_the_ranks_only_rise(events: list[DeviceInput]) -> None:
    told = story()
    clock = 0
    for event in events:
        told.tell(event)
        assert told.model.progress.clock >= clock
        clock = told.model.progress.clock
    for serial in SERIALS:
        ranks = [state.rank for state in told.outputs if state.device == serial]
        assert ranks == sorted(set(ranks))


def test_a_failing_input_leaves_the_model_as_it_was() -> None:
    told = story().tell(presence(T0, device="A"))
    before = (dict(told.model.devices), told.model.progress)
    told.model._facts_of = lambda serial, at: 1 / 0  # type: ignore[assignment,return-value]  # seeded
    with pytest.raises(ZeroDivisionError):
        told.model.apply(presence(T0 + 1, device="A"), 1)
    assert (told.model.devices, told.model.progress) == before
    assert told.model.changes() == ({}, [], ())


def test_a_state_is_read_back_as_it_was_and_one_of_another_version_stops_the_process() -> None:
    told = story().tell(presence(T0, device="A"))
    state = told.model.devices["A"]
    assert decode_tracked(encode(state)) == state
    with pytest.raises(TrackedUnreadable, match="v"):
        decode_tracked(encode(state).replace(b'"v":1', b'"v":2'))
