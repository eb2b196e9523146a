"""Pending, online, offline: by the stream's clock and the registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from processors.devices.facts import DeviceFacts, Standing
from schemas.devices import DeviceInput, DeviceStatus, InputKind
from tests.unit.processors.devices.stories import MINUTE, NAMED, SECOND, T0, Story, handshake, presence, tick, told

UNNAMED = DeviceFacts(standing=Standing.UNNAMED)
REFUSED = DeviceFacts(standing=Standing.REFUSED)
RETIRED = DeviceFacts(standing=Standing.RETIRED)
STRANGER = told(InputKind.STRANGER, T0, table="pending")
P, ON, OFF = DeviceStatus.PENDING, DeviceStatus.ONLINE, DeviceStatus.OFFLINE


@pytest.mark.parametrize(
    ("facts", "events", "status", "since"),
    [
        (NAMED, [handshake(T0)], ON, T0),
        (NAMED, [presence(T0)], ON, T0),
        (NAMED, [presence(T0), tick(T0 + 179 * SECOND)], ON, T0),
        (NAMED, [presence(T0), tick(T0 + 180 * SECOND)], OFF, T0 + 180 * SECOND),
        (NAMED, [presence(T0), tick(T0 + 999 * SECOND)], OFF, T0 + 180 * SECOND),
        (NAMED, [presence(T0), tick(T0 + 999 * SECOND), presence(T0 + 1000 * SECOND)], ON, T0 + 1000 * SECOND),
        (replace(NAMED, offline_after_ms=900_000), [presence(T0), tick(T0 + 899 * SECOND)], ON, T0),
        (NAMED, [told(InputKind.REFUSED, T0, table="key")], OFF, T0),
        (NAMED, [presence(T0), told(InputKind.REFUSED, T0 + 170 * SECOND), tick(T0 + 181 * SECOND)], OFF, T0 + 180_000),
        (UNNAMED, [presence(T0)], ON, T0),  # an edge that accepts unknown devices serves it
        (UNNAMED, [STRANGER], P, T0),
        (UNNAMED, [STRANGER, tick(T0 + 9_999_000)], P, T0),
        (RETIRED, [STRANGER], P, T0),
        (REFUSED, [STRANGER], OFF, T0),
        (NAMED, [STRANGER], OFF, T0),
    ],
)
def test_the_status_after_a_story(
    facts: DeviceFacts, events: list[DeviceInput], status: DeviceStatus, since: int
) -> None:
    story = Story(facts).tell(*events)
    assert (story.last.status, story.last.status_since) == (status, since)


def test_the_status_follows_the_registry_at_the_next_tick() -> None:
    story = Story(UNNAMED).tell(STRANGER)
    assert (story.last.status, story.last.last_error) == (P, "pending")
    story.facts = NAMED
    story.tell(tick(T0 + 15 * SECOND))
    assert (story.last.status, story.last.status_since) == (OFF, T0 + 15 * SECOND)
    story.tell(handshake(T0 + 30 * SECOND))
    assert (story.last.status, story.last.site) == (ON, "berlin")
    story.facts = RETIRED
    story.tell(tick(T0 + 45 * SECOND))
    assert story.last.status is OFF
    story.facts = REFUSED
    story.tell(presence(T0 + 60 * SECOND))
    assert story.last.status is OFF


def test_offline_is_told_by_ticks_alone_and_only_once() -> None:
    story = Story().tell(presence(T0)).ticks(T0, T0 + 60 * MINUTE, 15 * SECOND)
    assert [state.status for state in story.outputs] == [ON, OFF]


def test_the_clock_never_goes_back() -> None:
    story = Story().tell(presence(T0), tick(T0 + 200 * SECOND), tick(T0), presence(T0 + 10 * SECOND))
    assert story.model.progress.clock == T0 + 200 * SECOND
    assert story.last.status is OFF
    assert story.last.updated_at == T0 + 200 * SECOND


def test_pending_devices_are_bounded_and_the_oldest_goes() -> None:
    story = Story(UNNAMED)
    story.max_pending = 3
    story.model = story.load()
    knocks = [told(InputKind.STRANGER, T0 + n, f"S{n}", table="pending") for n in range(4)]
    story.tell(knocks[0], knocks[1], knocks[2], knocks[0], knocks[3])
    assert sorted(story.model.devices) == ["S0", "S2", "S3"]
    assert story.dropped == ["S1"]
    assert b"S1" not in story.stored
    story.model = story.load()
    story.tell(told(InputKind.STRANGER, T0 + 9, "S9", table="pending"))
    assert sorted(story.model.devices) == ["S0", "S3", "S9"]
    assert story.model.count_by_status[P] == 3
