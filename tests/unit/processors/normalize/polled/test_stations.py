"""Rows of Akuvox stations: door events, the punches that some are, calls, action URLs, gaps, watermarks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.codec import decode_event, encode_event
from schemas.deadletters import Reason
from schemas.device_events import AccessEvent, AccessKind
from schemas.devices import InputKind
from schemas.events import TimeFlag
from schemas.identity import EVIDENCE_SHIFT, SourceRank, TimeEvidence, event_id, punch_id
from schemas.polled import PolledTable
from tests.unit.processors.normalize.polled.polled import (
    RECEIVED,
    SERVER,
    STATION,
    UNKNOWN,
    door_row,
    doorlog,
    in_zone,
    polled,
    transaction,
)
from wire.akuvox.logs import parse_door_row

LOCAL_SECOND = "2026-03-02T08:00:05"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def known(**changes: Any) -> dict[str, Any]:
    return door_row(**{"@user": "0007", **changes})


def test_a_door_event_leads_back_to_its_row() -> None:
    (event,) = doorlog([known(AccessMode="1", PicUrl="/a.jpg")], notes={"epoch": "2", "site": "gate"}).access
    assert event.event_id == event_id("demo", STATION, "door", "2", "42")
    assert (event.device, event.site, event.raw_line, event.raw_offset) == (STATION, "gate", 1, 41)
    assert (event.kind, event.pin, event.has_card, event.word) == (AccessKind.EVENT, "0007", True, "granted")
    assert (event.verify, event.verify_word, event.door, event.index) == ("Card", "card", "1", "42")
    assert (event.local_text, event.happened_at, event.time_flags) == (
        "2026-03-02 08:00:05",
        ms("2026-03-02T04:00:05"),
        [],
    )
    assert event.extra == {
        "source_ref": f"{STATION}:2:door:42", "time_basis": "server_zone", "name": "Alice", "status": "Succ",
        "code_hash": "9f86d081884c7d65", "access_mode": "1", "PicUrl": "/a.jpg",
    }  # fmt: skip
    assert event.rank >> 60 & 3 == SourceRank.POLL
    assert decode_event(AccessEvent, encode_event(event)) == event


@pytest.mark.parametrize(
    ("punches", "relay", "state"),
    [("1:in,2:out", "1", 0), ("1:in,2:out", "2", 1), ("1:in,*:alternate", "9", None), ("*:out", "", 1)],
)
def test_a_reader_that_counts_makes_a_punch_of_a_known_person(punches: str, relay: str, state: int | None) -> None:
    found = doorlog([known(Relay=relay)], notes={"punches": punches, "epoch": "2"})
    (punch,), (event,) = found.punches, found.access
    assert punch.event_id == punch_id("demo", STATION, "7", f"{LOCAL_SECOND}|door|2|42") == event.punch_id
    assert (punch.pin, punch.state, punch.device, punch.source) == ("0007", state, STATION, "poll")
    assert (punch.source_ref, punch.verify, punch.verify_word) == (f"{STATION}:2:door:42", None, "card")
    assert (punch.local_text, punch.punch_at) == ("2026-03-02 08:00:05", ms("2026-03-02T04:00:05"))
    (told,) = found.inputs
    assert (told.kind, told.device, told.via, told.rows) == (InputKind.UPLOAD, STATION, STATION, 1)
    assert told.newest_at == punch.punch_at


@pytest.mark.parametrize(
    ("changes", "punches"),
    [
        ({"Relay": "3"}, "1:in"),
        ({}, ""),
        ({}, "1:sideways"),
        ({"Status": "Failed"}, "1:in"),
        ({"Status": "?"}, "1:in"),
        ({"@user": ""}, "1:in"),
    ],
)
def test_what_counts_for_nobody(changes: dict[str, str], punches: str) -> None:
    found = doorlog([known(**changes)], notes={"punches": punches})
    assert (len(found.access), found.punches, found.dead, found.inputs) == (1, [], [], [])


def test_a_door_that_is_opened_twice_in_a_second_is_two_punches() -> None:
    found = doorlog([known(ID="50"), known(ID="51")], notes={"punches": "*:alternate"})
    assert len({punch.event_id for punch in found.punches}) == 2


def test_rows_without_an_id_are_told_apart_by_their_place_among_equals() -> None:
    row = known()
    del row["ID"]
    other = {**row, "Name": "Bob"}
    refs = [event.index for event in doorlog([row, other, row]).access]
    assert len(set(refs)) == 3
    assert [event.index for event in doorlog([{**row, "@occurrence": 1}]).access] == [refs[2]]
    assert [event.index for event in doorlog([row]).access] == [refs[0]]


def test_the_order_of_the_log_is_evidence_in_a_repeated_hour() -> None:
    rows = [
        known(ID=str(number), Date="2026-10-25", Time=time)
        for number, time in enumerate(("02:20:00", "02:50:00", "02:10:00"), 1)
    ]
    found = doorlog(rows, notes={"zone": "Europe/Berlin"}, received_at=ms("2026-10-25T08:00:00"))
    assert [event.happened_at for event in found.access] == [
        ms("2026-10-25T00:20:00"), ms("2026-10-25T00:50:00"), ms("2026-10-25T01:10:00"),
    ]  # fmt: skip
    assert {event.rank >> EVIDENCE_SHIFT for event in found.access} == {TimeEvidence.BATCH_ORDER}


def test_the_registry_knows_the_station_better_than_its_settings() -> None:
    (event,) = doorlog([known()], devices={STATION: in_zone("Europe/Berlin")}, notes={"site": "gate"}).access
    assert (event.zone, event.site, event.extra["time_basis"]) == ("Europe/Berlin", "north", "registry")


@pytest.mark.parametrize(("skew", "flagged"), [("60", False), ("61.5", True), ("-120", True), ("x", False)])
def test_a_clock_that_is_off_is_flagged_and_nothing_is_corrected(skew: str, flagged: bool) -> None:
    (event,) = doorlog([known()], notes={"skew": skew}).access
    assert (TimeFlag.SKEW in event.time_flags) is flagged
    assert event.happened_at == ms("2026-03-02T04:00:05")
    assert event.extra.get("skew_s", "x") == skew


def test_a_time_that_cannot_be_read() -> None:
    rows = [known(Date="--", Time="--"), known(ID="43", Date="31/31/2026")]
    found = doorlog(rows, notes={"punches": "*:in"})
    assert [(row.reason, row.line) for row in found.dead] == [(Reason.TIME_UNREADABLE, 1), (Reason.TIME_UNREADABLE, 2)]
    assert [event.local_text for event in found.access] == ["-- --", "31/31/2026 08:00:05"]
    assert {event.happened_at for event in found.access} == {RECEIVED}
    assert found.punches == []


def test_rows_that_are_none_and_failures_of_ours_cost_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(row: Any) -> Any:
        if isinstance(row, dict) and row.get("ID") == "13":
            raise RuntimeError("a secret")
        return parse_door_row(row)

    monkeypatch.setattr("processors.normalize.polled.doorlog.parse_door_row", broken)
    heard: list[BaseException] = []
    found = polled(PolledTable.AKUVOX_DOORLOG, [None, {}, known(ID="13"), known()], on_failure=heard.append)
    reasons = [(row.reason, row.line) for row in found.dead]
    assert reasons == [(Reason.NOT_A_ROW, 1), (Reason.NOT_A_ROW, 2), (Reason.INTERNAL_ERROR, 3)]
    assert [event.index for event in found.access] == ["42"]
    assert len(heard) == 1


def test_calls_and_door_events_of_one_id_are_two_events() -> None:
    row = {"ID": "42", "Date": "2026-03-02", "Time": "08:00:05", "Type": "Missed", "Num": "sip:101@pbx", "Name": "Gate"}
    (call,) = polled(PolledTable.AKUVOX_CALLLOG, [row]).access
    (event,) = doorlog([known()]).access
    assert (call.kind, call.word, call.granted, call.extra["peer"]) == (AccessKind.CALL, "missed", None, "101")
    assert (call.extra["number"], call.extra["type"]) == ("sip:101@pbx", "Missed")
    assert call.event_id != event.event_id


def hint(**changes: Any) -> dict[str, Any]:
    return {
        "event": "face_valid", "mac": "0C1105078B71", "userid": "5", "unlocktype": "Face", "time": "1772424020",
        "@at": RECEIVED - 1000, **changes,
    }  # fmt: skip


def test_an_action_url_of_a_station_without_a_log() -> None:
    found = polled(PolledTable.AKUVOX_HINT, [hint()], notes={"punches": "*:in"})
    (event,), (punch,) = found.access, found.punches
    assert (event.pin, event.granted, event.verify_word, event.word) == ("5", True, "face", "granted")
    assert (event.happened_at, event.local_text) == (1_772_424_020_000, "1772424020")
    assert (event.extra["origin"], event.extra["lossy"], event.extra["event"]) == ("webhook", "true", "face_valid")
    assert (punch.pin, punch.state, punch.event_id) == ("5", 0, event.punch_id)
    assert punch.source_ref == event.extra["source_ref"]


def test_action_urls_say_more_or_less() -> None:
    rows = [
        hint(
            event="code_invalid", unlocktype="$unlocktype", code="1234", time="$time", **{"@at": str(RECEIVED - 1000)}
        ),
        hint(event="relay1", userid="Null", unlocktype="Null", relay1status="1"),
        hint(event="relay1", userid="Null", unlocktype="Null", relay1status="1", **{"@at": RECEIVED}),
        ["no object"],
    ]
    found = polled(PolledTable.AKUVOX_HINT, rows, notes={"punches": "*:in"})
    denied, relay, again = found.access
    assert (denied.granted, denied.verify_word, denied.happened_at) == (False, "pin", (RECEIVED - 1000) // 1000 * 1000)
    assert "1234" not in encode_event(denied).decode()
    assert (relay.granted, relay.pin, relay.extra["relay1status"]) == (None, "", "1")
    assert relay.event_id != again.event_id
    assert (found.punches, [row.reason for row in found.dead]) == ([], [Reason.NOT_A_ROW])


GAP = {
    "log": "door",
    "last_known": door_row(),
    "oldest_available": door_row(ID="90"),
    "num": 1000,
    "why": "full ring",
}


def test_a_gap_told_again_by_another_worker_is_the_same_event_in_the_same_place() -> None:
    (first,) = polled(PolledTable.GAP, GAP).access
    later = {**GAP, "oldest_available": door_row(ID="95")}
    (again,) = polled(PolledTable.GAP, [later], received_at=RECEIVED + 60_000).access
    assert first.kind is AccessKind.GAP
    assert (first.event_id, first.local_time) == (again.event_id, again.local_time)
    assert first.happened_at == ms("2026-03-02T04:00:05")
    assert (first.extra["num"], first.extra["why"], first.index) == ("1000", "full ring", "door")
    (other,) = polled(PolledTable.GAP, {**GAP, "log": "call"}).access
    assert other.event_id != first.event_id


def test_a_gap_whose_beginning_nobody_knows_and_one_that_is_none() -> None:
    found = polled(PolledTable.GAP, [{"log": "door", "last_known": None, "num": None}, 7])
    (event,) = found.access
    assert (event.happened_at, event.time_flags) == (RECEIVED, [TimeFlag.QUARANTINED])
    assert [row.reason for row in found.dead] == [Reason.NOT_A_ROW]


def test_watermarks_go_to_their_devices() -> None:
    rows = [{"device": "t1", "watermark": 5}, {"device": SERVER, "watermark": 6}]
    found = polled(PolledTable.WATERMARKS, rows, source=SERVER, devices={"T1": in_zone("UTC")})
    first, second = found.inputs
    assert (first.kind, first.device, first.via, first.watermark) == (InputKind.WATERMARK, "T1", SERVER, 5)
    assert (first.at, first.site, first.edge) == (RECEIVED, "north", "")
    assert (second.device, second.watermark) == (SERVER, 6)


def test_a_terminals_own_watermark_is_its_word_and_of_no_other() -> None:
    rows = [{"device": "T1", "watermark": 5}, {"device": "T2", "watermark": 6}]
    found = polled(PolledTable.WATERMARKS, rows, source="T1", devices={"T1": in_zone("UTC")})
    (own,) = found.inputs
    assert (own.kind, own.device, own.via, own.watermark) == (InputKind.WATERMARK, "T1", "", 5)
    assert (own.at, own.site, own.edge) == (RECEIVED, "north", "worker-1")
    assert [dead.reason for dead in found.dead] == [Reason.NOT_A_ROW]


@pytest.mark.parametrize(
    "row",
    [
        {},
        None,
        {"device": "T1"},
        {"device": "T1", "watermark": "5"},
        {"device": "T1", "watermark": True},
        {"device": "T1", "watermark": -1},
        {"device": "T1", "watermark": 2**60},
        {"device": "a b", "watermark": 5},
        {"device": "biotime:b2", "watermark": 5},
    ],
)
def test_a_watermark_that_is_none_is_put_aside(row: object) -> None:
    found = polled(PolledTable.WATERMARKS, [row], source=SERVER)
    assert ([dead.reason for dead in found.dead], found.inputs) == ([Reason.NOT_A_ROW], [])


def test_a_transaction_is_no_door_row() -> None:
    assert doorlog([transaction()], devices={STATION: UNKNOWN}).dead
