"""How sources are, which station it is, and its relays."""

from __future__ import annotations

import orjson
import pytest

from schemas.codec import encode_event
from schemas.deadletters import Reason
from schemas.devices import InputKind
from schemas.polled import PolledTable, SourceStatus
from schemas.source_report import SourceReport
from tests.unit.processors.normalize.inventory.bodies import SERVER, STATION, polled
from tests.unit.processors.normalize.raw import RECEIVED

INFO = {
    "Status": {
        "FirmwareVersion": "29.30.2.16", "HardwareVersion": "29.3.0", "MAC": "0C:11:05:07:8B:71", "Model": "R29S",
    }
}  # fmt: skip


def test_the_report_of_a_worker() -> None:
    report = SourceReport(
        status=SourceStatus.UNREACHABLE, since=5, why="timeout", worker="w7", last_good_poll=4, lag_s=1.5, rows=9,
        errors=2, skew_s=-0.5,
    )  # fmt: skip
    found = polled(PolledTable.CONNECTOR, encode_event(report))
    (told,) = found.inputs
    assert (told.kind, told.device, told.via, told.at) == (InputKind.SOURCE, SERVER, SERVER, RECEIVED)
    assert (told.word, told.since, told.info, told.edge) == ("unreachable", 5, "timeout", "w7")
    assert (told.seen_at, told.lag_s, told.rows, told.errors, told.skew_s) == (4, 1.5, 9, 2, -0.5)
    assert (told.raw_topic, told.raw_partition, told.raw_offset) == ("raw.device", 3, 41)


def test_a_report_of_another_version_is_a_dead_letter() -> None:
    (row,) = polled(PolledTable.CONNECTOR, {"v": 2, "status": "ok", "since": 1}).dead
    assert row.reason is Reason.NOT_AN_EVENT


def test_what_a_station_says_it_is_and_how_its_clock_is() -> None:
    status = {"SystemTime": 1_772_355_540, "UpTime": 137}
    body = {"info": INFO, "status": status, "@at": 1_772_355_605_250}
    (told,) = polled(PolledTable.AKUVOX_INFO, body, source=STATION, site="gate").inputs
    assert (told.kind, told.device, told.via, told.site) == (InputKind.OPTIONS, STATION, STATION, "gate")
    assert told.options == {
        "MAC": "0C1105078B71", "Model": "R29S", "FWVersion": "29.30.2.16", "HardwareVersion": "29.3.0",
    }  # fmt: skip
    assert (told.uptime_s, told.skew_s) == (137, -65.25)


def test_without_a_clock_there_is_no_skew() -> None:
    (told,) = polled(PolledTable.AKUVOX_INFO, {"info": INFO, "status": None, "@at": 1}, source=STATION).inputs
    assert (told.uptime_s, told.skew_s) == (None, None)


def test_a_station_without_a_mac_is_a_dead_letter() -> None:
    (row,) = polled(PolledTable.AKUVOX_INFO, {"info": {"Status": {}}}, source=STATION).dead
    assert (row.reason, "MAC" in row.error) == (Reason.NOT_A_ROW, True)


@pytest.mark.parametrize("call", ["READY", {"Status": "READY"}])
def test_a_sample_of_inputs_relays_and_call(call: object) -> None:
    body = {"input": {"InputA": 1, "InputB": 0}, "relay": {"RelayA": 0}, "call": call}
    (told,) = polled(PolledTable.AKUVOX_SAMPLE, body, source=STATION).inputs
    name = "call" if call == "READY" else "call.Status"
    assert (told.kind, told.via) == (InputKind.SAMPLE, STATION)
    assert told.options == {"InputA": "1", "InputB": "0", "RelayA": "0", name: "READY"}


def test_a_sample_of_nothing_is_no_sample() -> None:
    assert polled(PolledTable.AKUVOX_SAMPLE, {"input": None, "relay": {}}, source=STATION).events == []


@pytest.mark.parametrize("body", [b"{", b"7", orjson.dumps([7])])
def test_what_is_no_object_is_a_dead_letter(body: bytes) -> None:
    for table in (PolledTable.CONNECTOR, PolledTable.AKUVOX_INFO, PolledTable.AKUVOX_SAMPLE):
        found = polled(table, body, source=STATION)
        assert (len(found.dead), found.events) == (1, [])
