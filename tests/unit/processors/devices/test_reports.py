"""What a device says of itself: INFO, options, stamps, errors, alerts, fill level; and when readers are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from processors.devices.facts import DeviceFacts, Standing
from schemas.devices import DeviceInput, InputKind
from tests.unit.processors.devices.stories import (
    DAY,
    HOUR,
    MINUTE,
    NAMED,
    SECOND,
    T0,
    Story,
    handshake,
    presence,
    punches,
    tick,
    told,
)

INFO = "Ver 6.8.0(build640), 2, 30, 5000, 192.168.1.201, 10, -1, -12, 101"


def options(at: int, **said: str) -> DeviceInput:
    return told(InputKind.OPTIONS, at, options=said)


def test_handshake_info_and_options_fill_the_state() -> None:
    story = Story().tell(
        handshake(T0, pushver="2.4.1", language="69"), presence(T0 + 1, INFO), options(T0 + 2, FaceCount="4", MAC="x")
    )
    last = story.last
    assert (last.dialect, last.push_version, last.language) == ("att", "2.4.1", "69")
    assert (last.firmware, last.ip, last.users, last.fingerprints) == ("Ver 6.8.0(build640)", "192.168.1.201", 2, 30)
    assert (last.faces, last.last_handshake, last.options) == (
        4, T0, {"FPVersion": "10", "FaceCount": "4", "MAC": "x"},  # template versions as options name them; -1 is none
    )  # fmt: skip
    assert story.device.memory.transactions == 5000


def test_dialect_of_an_access_device() -> None:
    assert Story().tell(handshake(T0, devicetype="acc")).last.dialect == "acc"
    assert Story().tell(handshake(T0), options(T0, DeviceType="acc"), handshake(T0 + 1)).last.dialect == "acc"


@pytest.mark.parametrize(
    ("said", "registry", "capacity", "fill"),
    [
        ({"~MaxAttLogCount": "10"}, None, 100_000, 5.0),
        ({"~MaxAttLogCount": "8"}, 30_000, 80_000, 6.2),
        ({"~MaxAttLogCount": "120000"}, None, 120_000, 4.2),
        ({"~MaxAttLogCount": ""}, 10_000, 10_000, 50.0),
        ({}, 4000, 4000, 100.0),
        ({}, None, None, None),
    ],
)
def test_capacity_and_fill(
    said: dict[str, str], registry: int | None, capacity: int | None, fill: float | None
) -> None:
    story = Story(replace(NAMED, transaction_capacity=registry)).tell(presence(T0, INFO), options(T0, **said))
    story.tell(presence(T0 + 2 * MINUTE))
    assert (story.last.transaction_capacity, story.last.fill_percent) == (capacity, fill)


def test_days_until_full_come_from_a_week_of_counts_and_a_cleared_memory_does_not_spoil_them() -> None:
    story = Story().tell(options(T0, **{"~MaxAttLogCount": "1"}))
    counts = [1000, 1100, 1200, 1300, 100, 200, 300]
    for day, count in enumerate(counts):
        story.tell(options(T0 + day * DAY, TransactionCount=str(count)))
    assert [state.days_until_full for state in story.outputs[-2:]] == [None, None]
    story.tell(options(T0 + 7 * DAY, TransactionCount="400"))
    rate = 600 / 7
    assert story.last.days_until_full == round((10_000 - 400) / rate, 1)
    for day in range(8, 90):
        story.tell(options(T0 + day * DAY, TransactionCount="400"))
    assert [state.days_until_full for state in story.outputs[-2:]] == [None, None]
    assert len(story.device.memory.by_day) <= 28


def test_a_device_kept_waiting_warns_before_it_overwrites() -> None:
    facts = DeviceFacts(standing=Standing.UNNAMED, transaction_capacity=5000)
    story = Story(facts).tell(told(InputKind.STRANGER, T0, info=INFO, table="pending"))
    assert story.last.last_alert == "memory_nearly_full"


def test_stamps_errors_alerts() -> None:
    story = Story().tell(
        told(InputKind.UPLOAD, T0, table="ATTLOG", stamp="9999", rows=1),
        told(InputKind.UPLOAD, T0 + 1, table="OPERLOG", stamp="12", rows=1),
        told(InputKind.UPLOAD, T0 + 2, table="ATTLOG", stamp="10000", rows=1),
        told(InputKind.REFUSED, T0 + 3, table="key_wrong"),
        told(InputKind.ALERT, T0 + 4, word="duress", newest_at=T0 - HOUR),
        told(InputKind.ALERT, T0 + 5, word="tamper", newest_at=T0 - 2 * HOUR),
        told(InputKind.RESULT, T0 + 6, word="REBOOT"),
    )
    assert story.device.reported.stamps == {"ATTLOG": "10000", "OPERLOG": "12"}
    assert (story.last.last_error, story.last.last_error_at) == ("key_wrong", T0 + 3)
    assert (story.last.last_alert, story.last.last_alert_at) == ("duress", T0 - HOUR)


def test_what_matters_is_told_at_once_what_moves_once_a_minute() -> None:
    story = Story().tell(presence(T0))
    assert len(story.outputs) == 1
    story.tell(*(punches(T0 + n * SECOND) for n in range(1, 60)))
    assert len(story.outputs) == 1
    story.tell(tick(T0 + 60 * SECOND))
    assert len(story.outputs) == 2
    assert story.last.last_seen == T0 + 59 * SECOND
    story.ticks(T0 + 61 * SECOND, T0 + 170 * SECOND, SECOND)
    assert len(story.outputs) == 2
    story.tell(presence(T0 + 171 * SECOND, INFO))
    assert story.last.firmware.startswith("Ver 6.8.0")
    assert [state.rank for state in story.outputs] == sorted({state.rank for state in story.outputs})


def test_what_a_device_can_say_is_bounded() -> None:
    flood = {f"{n}" * 40: "\x01" * 9999 for n in range(5000)}
    story = Story().tell(options(T0, **flood))
    story.tell(*(told(InputKind.UPLOAD, T0 + n, table=f"T{n}" + "x" * 99, stamp="\x01" * 999) for n in range(500)))
    assert len(story.stored[b"TST1"]) < 512 * 1024
