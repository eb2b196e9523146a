"""The access dialect (C59, C61, E2 to E5): door events, punches of them, people of its tables."""

from __future__ import annotations

from datetime import datetime

import pytest

from processors.normalize.records import DevicePeriods
from schemas.deadletters import Reason
from schemas.device_events import AccessKind, OperationKind
from schemas.devices import InputKind
from schemas.identity import punch_id
from schemas.registry import DevicePeriod
from tests.unit.processors.normalize.raw import RECEIVED, SERIAL, converted
from wire.zkpush.zk_seconds import encode_zk_seconds

C59 = (
    b"time=2026-03-01 09:00:00\tpin=17\tcardno=0\teventaddr=1\tevent=3\tinoutstatus=0\tverifytype=15\tindex=21\t"
    b"maskflag=1\ttemperature=36.5\r\n"
)
C61 = b"time=2026-03-01 09:00:02\tsensor=01\trelay=00\talarm=0200000000000000\r\n"


def test_c59_a_door_event_that_is_attendance_is_also_a_punch() -> None:
    found = converted("RTLOG", C59)
    (event,), (punch,) = found.access, found.punches
    assert (event.kind, event.pin, event.code, event.index, event.door) == (AccessKind.EVENT, "17", 3, "21", "1")
    assert (event.granted, event.verify_word, event.has_card) == (True, "face", False)
    assert event.extra == {"mask": "1", "temperature": "36.5"}
    assert event.punch_id == punch.event_id == punch_id("demo", SERIAL, "17", "2026-03-01T09:00:00")
    assert (punch.raw_topic, punch.state, punch.verify, punch.verify_word) == ("raw.operations", 0, 15, "face")
    assert (punch.punch_at, punch.site, punch.is_attendance) == (RECEIVED - 5000, "north", True)
    upload = [piece.upload for piece in found.pieces if piece.upload and piece.upload.rows]
    assert [sum(part.hours.values()) for part in upload] == [1]


def test_c61_a_door_state() -> None:
    (state,) = converted("RTSTATE", C61).access
    assert (state.kind, state.sensor, state.relay, state.alarm) == (AccessKind.STATE, "01", "00", "0200000000000000")


@pytest.mark.parametrize("change", [(b"pin=17", b"pin=0"), (b"event=3", b"event=27"), (b"pin=17", b"pin=")])
def test_nobody_and_the_refused_are_events_but_no_punch(change: tuple[bytes, bytes]) -> None:
    found = converted("RTLOG", C59.replace(*change))
    assert found.punches == []
    assert found.access[0].punch_id == ""


def test_a_card_number_is_published_nowhere() -> None:
    found = converted("RTLOG", C59.replace(b"cardno=0", b"cardno=13375590"))
    assert found.access[0].has_card
    assert "13375590" not in repr(found.events)


@pytest.mark.parametrize(("code", "alert"), [(100, "tamper"), (101, "duress"), (102, "tamper")])
def test_alarms_at_doors_are_told(code: int, alert: str) -> None:
    (told,) = converted("RTLOG", C59.replace(b"event=3", b"event=%d" % code)).inputs
    assert (told.kind, told.word) == (InputKind.ALERT, alert)


def test_a_door_state_neither_in_nor_out_is_no_meal() -> None:
    (punch,) = converted("RTLOG", C59.replace(b"inoutstatus=0", b"inoutstatus=2")).punches
    assert (punch.state, punch.extra["in_out"]) == (None, "2")


def test_verify_bits_have_no_word_and_stay_text() -> None:
    found = converted("RTLOG", C59.replace(b"verifytype=15", b"verifytype=0000000000000100"))
    assert (found.access[0].verify, found.access[0].verify_word) == ("0000000000000100", "")
    assert (found.punches[0].verify, found.punches[0].extra["verify_type"]) == (None, "0000000000000100")


def test_an_unverified_punch_after_the_devices_own_map() -> None:
    device = DevicePeriods((DevicePeriod(site="n", tenant="demo", zone="UTC", verify_map={"15": 16}),), 1)
    (punch,) = converted("RTLOG", C59, device=device).punches
    assert (punch.verify, punch.verify_word, punch.unverified) == (15, "PIN without verification", True)


def test_a_transaction_table_gives_the_same_punch_as_the_live_log() -> None:
    seconds = encode_zk_seconds(datetime(2026, 3, 1, 9, 0, 0))  # noqa: DTZ001 - a wall time
    body = (
        "transaction cardno=0\tpin=17\tverified=15\tdoorid=1\teventtype=3\tinoutstate=0\t"
        f"time_second={seconds}\tindex=21\r\n"
    )
    found = converted("TABLEDATA", body.encode(), query="SN=A&table=tabledata&tablename=transaction&count=1")
    live = converted("RTLOG", C59)
    assert found.dead == []
    assert found.punches[0].event_id == live.punches[0].event_id
    assert found.access[0].event_id == live.access[0].event_id


def test_a_punch_whose_time_cannot_be_read_is_kept_as_event_and_dead_letter() -> None:
    found = converted("RTLOG", C59.replace(b"2026-03-01 09:00:00", b"2026-13-41 09:00:00"))
    assert found.punches == []
    assert (found.access[0].local_time, found.access[0].local_text) == (0, "2026-13-41 09:00:00")
    assert [row.reason for row in found.dead] == [Reason.TIME_UNREADABLE]


def test_people_of_an_access_terminal() -> None:
    body = (
        b"user uid=1\tcardno=13375590\tpin=17\tpassword=9822\tgroup=1\tstarttime=0\tname=Ann Lee\tprivilege=14\r\n"
        b"templatev10 size=8\tuid=1\tpin=17\tfingerid=6\tvalid=3\ttemplate=AQIDBA==\r\n"
        b"biodata pin=17\tno=0\tindex=2\tvalid=1\tduress=0\ttype=9\tmajorver=58\tminorver=1\tformat=0\ttmp=AQIDBA==\r\n"
        b"userpic pin=17\tfilename=17.jpg\tsize=8\tcontent=/9j/4A==\r\n"
        b"extuser pin=17\tfunswitch=1\r\n"
    )
    found = converted("TABLEDATA", body, query="SN=A&table=tabledata&tablename=user&count=1")
    assert found.dead == []
    user, finger, face, picture, extended = found.people
    assert (user.item, user.name, user.privilege_word, user.has_password, user.has_card) == (
        "user", "Ann Lee", "super administrator", True, True,
    )  # fmt: skip
    assert (finger.item, finger.duress, finger.size, finger.size_mismatch) == ("fingerprint/6", True, 4, False)
    assert (face.item, face.template_version) == ("biodata/9/0/2", "58.1")
    assert (picture.item, extended.item, extended.extra) == ("picture", "extended", {"funswitch": "1"})
    assert [payload.kind for payload in found.payloads] == ["user", "template", "template", "picture"]
    for secret in ("13375590", "9822", "AQIDBA", "/9j/"):
        assert secret not in repr(found.events)


def test_other_tables_are_records() -> None:
    (record,) = converted(
        "QUERYDATA", b"timezone timezoneid=1\tsuntime1=2359\r\n", query="type=tabledata&cmdid=5"
    ).operations
    assert (record.kind, record.code, record.extra) == (
        OperationKind.RECORD, "TIMEZONE", {"timezoneid": "1", "suntime1": "2359"},
    )  # fmt: skip


def test_querydata_of_options_and_of_counts() -> None:
    (options,) = converted("QUERYDATA", b"~DeviceName=F22,LockCount=1", query="type=options&cmdid=5").inputs
    assert options.options == {"~DeviceName": "F22", "LockCount": "1"}
    (counts,) = converted("QUERYDATA", b"user=12", query="type=count&cmdid=5&tablename=user").inputs
    assert counts.options == {"UserCount": "12"}


def test_a_compressed_table_and_an_unknown_format_are_kept_whole() -> None:
    packed = converted("QUERYDATA", b"\x01\x02\x03", query="type=tabledata&datafmt=3&tablename=transaction")
    assert [(row.reason, row.raw) for row in packed.dead] == [(Reason.COMPRESSED_TABLE, b"\x01\x02\x03")]
    unknown = converted("EDATA", b"\x01\x02\x03")
    assert [(row.reason, row.raw) for row in unknown.dead] == [(Reason.UNKNOWN_FORMAT, b"\x01\x02\x03")]
    assert converted("EXCHANGE", b"publickey=abc").events == []
