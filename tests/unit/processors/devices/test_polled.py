"""What polled sources tell: how they are, the terminals behind them, watermarks, samples. Source: F23, DESIGN 5."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from processors.devices.facts import DeviceFacts, Standing
from schemas.devices import DeviceInput, DeviceStatus, InputKind
from schemas.polled import SourceStatus
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

SERVER, OTHER, STATION = "biotime:b1", "biotime:b2", "akuvox:0C1105078B71"
UNNAMED = DeviceFacts(standing=Standing.UNNAMED)
P, ON, OFF = DeviceStatus.PENDING, DeviceStatus.ONLINE, DeviceStatus.OFFLINE


def report(status: SourceStatus, at: int, *, key: str = SERVER, worker: str = "w1", **fields: Any) -> DeviceInput:
    fields = {"since": at, **fields}
    return replace(told(InputKind.SOURCE, at, key, word=status.value, via=key, **fields), edge=worker)


def terminal(at: int, idle: int | None, *, via: str = SERVER, **fields: Any) -> DeviceInput:
    """The terminal TST1, last active `idle` ms before the poll."""
    seen_at = None if idle is None else at - idle
    return told(InputKind.TERMINAL, at, via=via, seen_at=seen_at, **fields)


def test_f23_a_terminal_that_its_server_has_not_seen_is_offline() -> None:
    story = Story(UNNAMED).tell(terminal(T0, 1 * MINUTE, options={"transfer_interval": "1"}))
    assert (story.last.status, story.last.via, story.last.last_activity) == (ON, SERVER, T0 - MINUTE)
    story.tell(terminal(T0 + 39 * MINUTE, 40 * MINUTE, options={"transfer_interval": "1"}))
    assert (story.last.status, story.last.status_since) == (OFF, T0 + 9 * MINUTE)
    story.tell(terminal(T0 + HOUR, 0))
    assert (story.last.status, story.last.status_since) == (ON, T0 + HOUR)


def test_a_terminal_may_be_silent_for_three_of_its_intervals() -> None:
    options = {"transfer_interval": "20"}
    story = Story(UNNAMED).tell(terminal(T0, 59 * MINUTE, options=options))
    assert story.last.status is ON
    assert story.tell(terminal(T0 + MINUTE, 60 * MINUTE, options=options)).last.status is OFF


def test_a_terminal_that_never_was_active_is_offline() -> None:
    assert Story(UNNAMED).tell(terminal(T0, None)).last.status is OFF


def test_a_server_that_cannot_be_asked_says_nothing_of_its_terminals_for_a_day() -> None:
    story = Story(UNNAMED).tell(terminal(T0, 0), tick(T0 + DAY - 1))
    assert story.last.status is ON
    story.tell(tick(T0 + DAY))
    assert (story.last.status, story.last.status_since) == (OFF, T0 + DAY)


def test_its_own_presence_goes_before_what_a_server_says() -> None:
    story = Story(NAMED).tell(terminal(T0, 0, options={"TransactionCount": "5", "alias": "Gate"}))
    assert (story.last.via, story.last.polled_by, story.last.transactions) == (SERVER, SERVER, 5)
    story.tell(presence(T0 + MINUTE, "V1,1,2,300,10.0.0.1"))
    assert (story.last.status, story.last.via, story.last.transactions) == (ON, "", 300)
    story.tell(terminal(T0 + 2 * MINUTE, HOUR, options={"TransactionCount": "0"}))
    assert (story.last.status, story.last.via, story.last.polled_by) == (ON, "", SERVER)
    story.tell(tick(T0 + 3 * MINUTE))
    assert story.last.transactions == 300
    story.tell(tick(T0 + 5 * MINUTE))
    assert (story.last.status, story.last.via) == (OFF, SERVER)
    story.tell(terminal(T0 + 6 * MINUTE, 0))
    assert (story.last.status, story.last.via) == (ON, SERVER)
    assert len(story.model.devices) == 1


def test_a_stranger_that_its_server_sees_is_online_and_one_that_it_does_not_is_pending() -> None:
    knock = told(InputKind.STRANGER, T0, table="pending")
    story = Story(UNNAMED).tell(knock, terminal(T0 + 1, HOUR))
    assert (story.last.status, story.last.via) == (P, "")
    assert story.tell(terminal(T0 + 2, 0)).last.status is ON


@pytest.mark.parametrize("standing", [Standing.REFUSED, Standing.RETIRED])
def test_the_registry_goes_before_the_server(standing: Standing) -> None:
    assert Story(DeviceFacts(standing=standing)).tell(terminal(T0, 0)).last.status is OFF


def test_the_old_server_of_a_terminal_does_not_take_it_offline() -> None:
    story = Story(UNNAMED).tell(terminal(T0, 0), terminal(T0 + 1, 40 * DAY, via=OTHER))
    assert (story.last.status, story.last.polled_by) == (ON, SERVER)
    story.tell(terminal(T0 + HOUR, HOUR), terminal(T0 + HOUR + 1, 0, via=OTHER))
    assert (story.last.status, story.last.polled_by) == (ON, OTHER)


def test_a_polled_terminal_has_its_counts_options_offset_and_conflict() -> None:
    options = {
        "UserCount": "7", "FPCount": "8", "FaceCount": "9", "TransactionCount": "10", "FWVersion": "Ver 8.0",
        "IPAddress": "172.30.7.162", "alias": "Gate", "~DeviceName": "K40",
    }  # fmt: skip
    pushed: dict[str, Any] = {"newest_at": T0 - HOUR, "utc_offset_s": 14_400, "tz_conflict": True}
    state = Story(UNNAMED).tell(terminal(T0, 0, options=options, **pushed)).last
    assert (state.users, state.fingerprints, state.faces, state.transactions) == (7, 8, 9, 10)
    assert (state.firmware, state.ip, state.model, state.last_upload) == ("Ver 8.0", "172.30.7.162", "K40", T0 - HOUR)
    assert (state.utc_offset_s, state.tz_conflict) == (14_400, True)
    assert state.options["alias"] == "Gate"
    assert "TransactionCount" not in state.options
    assert state.edge == ""


def test_growing_counts_of_a_terminal_are_told_once_a_minute() -> None:
    polls = (terminal(T0 + n * 10 * SECOND, 0, options={"TransactionCount": str(n)}) for n in range(13))
    assert len(Story(UNNAMED).tell(*polls).outputs) == 3


def test_a_source_is_online_while_it_is_read() -> None:
    story = Story(UNNAMED).tell(report(SourceStatus.STARTING, T0))
    assert (story.last.status, story.last.source_status) == (OFF, SourceStatus.STARTING)
    good: dict[str, Any] = {"seen_at": T0 + 5 * SECOND, "lag_s": 1.5, "rows": 7, "errors": 2}
    story.tell(report(SourceStatus.OK, T0 + 5 * SECOND, **good))
    last = story.last
    assert (last.device, last.status, last.via, last.source_status) == (SERVER, ON, SERVER, SourceStatus.OK)
    assert (last.last_good_poll, last.lag_s, last.source_rows, last.source_errors) == (T0 + 5 * SECOND, 1.5, 7, 2)
    story.tell(report(SourceStatus.GAP, T0 + 10 * SECOND, info="412 rows were never seen"))
    assert (story.last.status, story.last.source_why) == (ON, "412 rows were never seen")


def test_a_source_whose_worker_is_gone_is_offline() -> None:
    story = Story(UNNAMED).tell(report(SourceStatus.OK, T0), tick(T0 + 179 * SECOND))
    assert story.last.status is ON
    story.tell(tick(T0 + 180 * SECOND))
    assert (story.last.status, story.last.source_status) == (OFF, SourceStatus.OK)


def test_a_trouble_that_stays_is_told_once_however_often_it_is_reported_and_by_whom() -> None:
    story = Story(UNNAMED).tell(report(SourceStatus.OK, T0))
    for n in range(1, 2784):
        at = T0 + n * SECOND
        if n % 20 == 0:
            story.tell(report(SourceStatus.STARTING, at, worker=f"w{n}"))
        story.tell(report(SourceStatus.UNREACHABLE, at, worker=f"w{n}", errors=n, info=f"timeout {n}"))
        story.tell(tick(at))
    assert [state.source_status for state in story.outputs] == [SourceStatus.OK, SourceStatus.UNREACHABLE]
    assert (story.last.status, story.last.status_since, story.last.source_since) == (OFF, T0 + SECOND, T0 + SECOND)
    story.tell(report(SourceStatus.OK, T0 + HOUR))
    assert (story.last.status, story.last.source_since, len(story.outputs)) == (ON, T0 + HOUR, 3)


def test_another_trouble_is_news() -> None:
    story = Story(UNNAMED).tell(report(SourceStatus.UNREACHABLE, T0), report(SourceStatus.AUTH_FAILED, T0 + SECOND))
    assert [state.source_status for state in story.outputs] == [SourceStatus.UNREACHABLE, SourceStatus.AUTH_FAILED]


def test_progress_of_a_source_is_told_once_a_minute() -> None:
    story = Story(UNNAMED)
    for n in range(121):
        at = T0 + n * SECOND
        story.tell(report(SourceStatus.OK, at, seen_at=at, rows=n, since=T0))
    assert len(story.outputs) == 3


def test_a_watermark_never_goes_back() -> None:
    story = Story(UNNAMED)
    for value in (T0, T0 - HOUR, T0 + HOUR, T0 + 5):
        story.tell(told(InputKind.WATERMARK, T0 + 2 * HOUR, via=SERVER, watermark=value))
    assert story.device.polled.watermark == T0 + HOUR
    story.tell(tick(T0 + 3 * HOUR))
    assert (story.last.watermark, story.last.polled_by, story.last.status) == (T0 + HOUR, SERVER, OFF)


def test_polled_rows_are_no_presence_and_say_nothing_of_the_clock() -> None:
    rows = [
        replace(punches(T0 + n * MINUTE, lag=-HOUR, hours=("2026-03-01T09",)), via=SERVER, seen_at=T0 - MINUTE)
        for n in range(5)
    ]
    state = Story(NAMED).tell(*rows, tick(T0 + HOUR)).last
    assert (state.status, state.skew_s, state.edge) == (OFF, None, "")
    assert (state.last_upload, state.last_punch_at) == (T0 - MINUTE, T0 - HOUR + 4 * MINUTE)


def test_a_polled_handshake_is_not_what_pushing_devices_lose_their_presence_by() -> None:
    story = Story(NAMED).tell(handshake(T0), replace(punches(T0 + 170 * SECOND), via=SERVER), tick(T0 + 180 * SECOND))
    assert story.last.status is OFF


def test_a_station_says_what_it_is_how_its_clock_is_and_what_its_relays_do() -> None:
    info = {"MAC": "0C1105078B71", "Model": "R29S", "FWVersion": "29.30.2.16"}
    facts = told(InputKind.OPTIONS, T0 + 1, STATION, via=STATION, options=info, uptime_s=137, skew_s=-0.4)
    sample = told(InputKind.SAMPLE, T0 + 2, STATION, via=STATION, options={"relayA": "1", "call": "READY"})
    story = Story(UNNAMED).tell(report(SourceStatus.OK, T0, key=STATION), facts, sample, tick(T0 + 2 * MINUTE))
    state = story.last
    assert (state.model, state.mac, state.firmware, state.uptime_s) == ("R29S", "0C1105078B71", "29.30.2.16", 137)
    assert (state.skew_s, state.sample, state.sampled_at) == (0, {"relayA": "1", "call": "READY"}, T0 + 2)
    assert (state.status, state.last_alert) == (ON, "")


def test_a_station_whose_clock_is_off_warns_once() -> None:
    story = Story(UNNAMED).tell(report(SourceStatus.OK, T0, key=STATION, skew_s=60.0))
    assert story.last.last_alert == ""
    story.tell(report(SourceStatus.OK, T0 + MINUTE, key=STATION, skew_s=-61.2))
    assert (story.last.last_alert, story.last.last_alert_at, story.last.skew_s) == ("clock_off", T0 + MINUTE, -61)
    story.tell(report(SourceStatus.OK, T0 + 2 * MINUTE, key=STATION, skew_s=-70.0))
    assert story.last.last_alert_at == T0 + MINUTE
