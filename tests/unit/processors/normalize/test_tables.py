"""OPERLOG and the tables of its kinds, by the examples of spec/zk-push.md 4 (C31 to C42)."""

from __future__ import annotations

import pytest

from processors.normalize import operations, tables
from processors.normalize.records import PARSER_VERSION
from schemas.deadletters import Reason
from schemas.device_events import OperationKind, Person
from schemas.devices import InputKind
from schemas.events import TimeFlag
from tests.unit.processors.normalize.raw import RECEIVED, SERIAL, converted
from wire.zkpush.access import AccessReason
from wire.zkpush.attlog import RowReason
from wire.zkpush.results import ResultReason
from wire.zkpush.rows import LineReason

C31 = b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=\n"
C32 = b"FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==\n"
C34 = b"OPLOG 5\t0\t2026-03-01 08:00:00\tDHCP\t0\t0\t0\nOPLOG 114\t1\t2026-03-01 08:00:05\t0\t0\t0\t0\n"
C35 = (
    b"USER PIN=17\tName=Ann, Mary Lee\tPri=0\tPasswd=\tCard=[15CD5B07]\tGrp=1\tTZ=0000000100000000\tVerify=-1\t"
    b"ViceCard=\tStartDatetime=0\tEndDatetime=0\n"
)
C39 = (
    b"BIODATA Pin=17\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
    b"BIODATA Pin=17\tNo=0\tIndex=1\tValid=1\tDuress=0\tType=8\tMajorVer=12\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
)


def one_person(table: str, body: bytes) -> Person:
    found = converted(table, body)
    assert found.dead == []
    (person,) = found.people
    return person


def test_c31_a_user_without_its_secrets_and_the_line_for_the_store() -> None:
    found = converted("OPERLOG", C31)
    (person,) = found.people
    assert (person.pin, person.item, person.name, person.group, person.deleted) == (
        "982",
        "user",
        "Richard",
        "1",
        False,
    )
    assert (person.has_password, person.has_card, person.site) == (True, True, "north")
    (payload,) = found.payloads
    assert (payload.kind, payload.pin, payload.plain) == ("user", "982", C31.rstrip(b"\n"))


def test_a_user_without_secrets_needs_no_object() -> None:
    found = converted("OPERLOG", b"USER PIN=5\tName=Bo\tPri=14\tPasswd=\tCard=0\n")
    assert found.payloads == []
    assert (found.people[0].privilege_word, found.people[0].has_card) == ("super administrator", False)


def test_c32_a_fingerprint() -> None:
    found = converted("OPERLOG", C32)
    (person,) = found.people
    assert (person.item, person.size, person.size_mismatch, person.valid) == ("fingerprint/1", 4, False, True)
    assert found.payloads[0].plain == C32.rstrip(b"\n")


def test_c34_operations_with_words_and_operands() -> None:
    first, second = converted("OPERLOG", C34).operations
    assert (first.kind, first.code, first.word) == (OperationKind.OPERATION, "5", "setting changed")
    assert (first.operands, first.administrator, first.local_text) == (
        ["DHCP", "0", "0", "0"],
        "0",
        "2026-03-01 08:00:00",
    )
    assert (second.code, second.administrator, second.raw_line, second.parser_version) == (
        "114",
        "1",
        2,
        PARSER_VERSION,
    )
    assert first.happened_at == RECEIVED - 3_605_000


def test_c35_a_name_with_comma_and_unknown_keys() -> None:
    person = one_person("OPERLOG", C35)
    assert (person.name, person.verify_mode, person.time_zones) == ("Ann, Mary Lee", -1, "0000000100000000")
    assert person.has_card
    assert person.extra == {"ViceCard": "", "StartDatetime": "0", "EndDatetime": "0"}


def test_c38_a_face() -> None:
    assert one_person("OPERLOG", b"FACE PIN=17\tFID=0\tSIZE=8\tVALID=1\tTMP=AQIDBA==\n").item == "face/0"


def test_c39_biodata_of_two_types() -> None:
    found = converted("BIODATA", C39)
    assert [(p.item, p.template_version, p.duress) for p in found.people] == [
        ("biodata/9/0/0", "58.0", False),
        ("biodata/8/0/1", "12.0", False),
    ]
    assert [payload.plain for payload in found.payloads] == [line.rstrip(b"\r") for line in C39.split(b"\n")[:2]]


def test_c40_and_c41_pictures_of_a_person() -> None:
    photo = one_person("BIOPHOTO", b"BIOPHOTO PIN=17\tFileName=17.jpg\tType=0\tSize=8\tContent=/9j/4A==\n")
    assert (photo.item, photo.size, photo.extra) == ("photo/0", 4, {})
    picture = b"USERPIC PIN=17\tFileName=17.jpg\tSize=8\tContent=/9j/4A==\n"
    assert one_person("USERPIC", picture).event_id == one_person("OPERLOG", picture).event_id


def test_c42_an_error_of_the_device_has_the_command_and_no_time() -> None:
    body = b"ERRORLOG ErrCode=D01E0001\tErrMsg=disk\tDataOrigin=cmd\tCmdId=a1\tAdditional=\n"
    (error,) = converted("ERRORLOG", body).operations
    assert (error.kind, error.code, error.word) == (OperationKind.ERROR, "D01E0001", "disk")
    assert error.extra == {"DataOrigin": "cmd", "CmdId": "a1"}
    assert (error.local_time, error.happened_at, error.time_flags) == (0, RECEIVED, [TimeFlag.QUARANTINED])
    later = converted("ERRORLOG", body, received_at=RECEIVED + 5 * 86_400_000).operations[0]
    assert (later.event_id, later.rank) == (error.event_id, error.rank)


def test_a_fault_that_no_command_caused_is_one_a_day() -> None:
    body = b"ERRORLOG ErrCode=1\tErrMsg=disk\tDataOrigin=dev\n"
    ids = [
        converted("ERRORLOG", body, received_at=RECEIVED + hours * 3_600_000).operations[0].event_id
        for hours in (0, 1, 24)
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(("code", "item"), [(9, "user"), (10, "fingerprint"), (11, "password"), (12, "card")])
def test_what_an_operation_took_from_a_user_is_gone(code: int, item: str) -> None:
    found = converted("OPERLOG", f"OPLOG {code}\t0\t2026-03-01 08:00:00\t0017\t0\t0\t0\n".encode())
    (person,) = found.people
    assert (person.pin, person.item, person.deleted) == ("0017", item, True)
    assert found.operations[0].pin == "0017"


def test_a_deletion_after_the_user_in_one_body_wins() -> None:
    found = converted("OPERLOG", C31 + b"OPLOG 9\t0\t2026-03-01 08:00:00\t982\t0\t0\t0\n")
    there, gone = found.people
    assert there.event_id == gone.event_id
    assert gone.rank > there.rank


@pytest.mark.parametrize(
    ("line", "kind", "alert"),
    [
        (b"OPLOG 13\t1\t2026-03-01 08:00:00\t0\t0\t0\t0", OperationKind.OPERATION, "data_cleared"),
        (b"OPLOG 21\t1\t2026-03-01 08:00:00\t0\t0\t0\t0", OperationKind.OPERATION, "clock_changed"),
        (b"OPLOG 24\t1\t2026-03-01 08:00:00\t0\t0\t0\t0", OperationKind.OPERATION, "administrator_removed"),
        (b"OPLOG 22\t1\t2026-03-01 08:00:00\t0\t0\t0\t0", OperationKind.OPERATION, "factory_reset"),
        (b"OPLOG 32\t0\t2026-03-01 08:00:00\t17\t0\t0\t0", OperationKind.ALARM, "duress"),
        (b"OPLOG 3\t0\t2026-03-01 08:00:00\t55\t0\t0\t0", OperationKind.ALARM, "tamper"),
    ],
)
def test_alert_worthy_operations_are_told_to_the_device_processor(line: bytes, kind: OperationKind, alert: str) -> None:
    found = converted("OPERLOG", line)
    assert (found.operations[0].kind, found.operations[0].alert) == (kind, alert)
    (told,) = found.inputs
    assert (told.kind, told.word, told.device, told.newest_at) == (InputKind.ALERT, alert, SERIAL, RECEIVED - 3_605_000)


def test_an_alarm_says_why() -> None:
    (alarm,) = converted("OPERLOG", b"OPLOG 3\t0\t2026-03-01 08:00:00\t50\t0\t0\t0").operations
    assert (alarm.kind, alarm.word, alarm.alert) == (OperationKind.ALARM, "door closed", "")


@pytest.mark.parametrize("table", ["WORKCODE", "SMS", "IDCARD", "SOMETHING"])
def test_tables_without_a_type_are_records(table: str) -> None:
    (record,) = converted(table, f"{table} PIN=17\tCode=1\tName=Paint\tIDNum=110101199001011234\n".encode()).operations
    assert (record.kind, record.code, record.pin) == (OperationKind.RECORD, table, "17")
    assert record.extra == {"Code": "1", "Name": "Paint", "withheld": "IDNum"}


@pytest.mark.parametrize(
    ("query", "body", "reason"),
    [
        ("SN=1&table=OPERLOG&ContentType=tgz", b"\x1f\x8b\x08...", Reason.COMPRESSED_TGZ),
        ("SN=1&table=OPERLOG", b"\x1f\x8b\x08...", Reason.COMPRESSED_GZIP),
        ("SN=1&table=OPERLOG", b"LZO1\x10\0\0\0xx", Reason.COMPRESSED_LZO),
        ("SN=1", b"CHECK LOG: stamp=5\n1\t2026-03-01 08:00:00\n", Reason.PUSH_1_0_CHECK_LOG),
    ],
)
def test_packed_and_old_forms_are_one_dead_letter_with_its_reason(query: str, body: bytes, reason: Reason) -> None:
    (row,) = converted("OPERLOG", body, query=query).dead
    assert (row.reason, row.line, row.raw) == (reason, 0, body)


def test_a_bad_line_takes_no_good_one_with_it() -> None:
    body = C31 + b"rubbish\nUSER Name=Nobody\nFP PIN=982\tFID=2\tTMP=%%%\n" + C32
    found = converted("OPERLOG", body)
    assert [person.item for person in found.people] == ["user", "fingerprint/1"]
    assert [(row.reason, row.line) for row in sorted(found.dead, key=lambda row: row.line)] == [
        (Reason.NOT_A_ROW, 2),
        (Reason.PIN_MISSING, 3),
        (Reason.TEMPLATE_UNREADABLE, 4),
    ]


def test_a_failure_of_our_own_is_told_without_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Passwd=9822")

    monkeypatch.setattr(tables, "of_user", broken)
    told: list[BaseException] = []
    found = converted("OPERLOG", C31 + C32, on_failure=told.append)
    assert [person.item for person in found.people] == ["fingerprint/1"]
    (row,) = found.dead
    assert (row.reason, row.raw) == (Reason.INTERNAL_ERROR, C31.rstrip(b"\n"))
    assert "9822" not in row.error + str(told[0]) + repr(told[0].__cause__) + repr(told[0].__context__)
    assert row.error.startswith("ValueError at test_tables.py:")


@pytest.mark.parametrize(
    ("line", "operands", "withheld"),
    [
        (b"OPLOG 8\t0\t2026-03-01 08:00:00\t17\t13375590\t0\t0", ["17", "", "0", "0"], "operands"),
        (b"OPLOG 5\t0\t2026-03-01 08:00:00\t23\t88888888\t0\t0", ["23", "", "0", "0"], "operands"),
        (b"OPLOG 5\t0\t2026-03-01 08:00:00\tCOMKey\t88888888\t0\t0", ["COMKey", "", "0", "0"], "operands"),
        (b"OPLOG 115\t0\t2026-03-01 08:00:00\t5544\t0\t0\t0", ["", "0", "0", "0"], "operands"),
        (b"OPLOG 6\t0\t2026-03-01 08:00:00\t17\t1\t640\t0", ["17", "1", "640", "0"], ""),
    ],
)
def test_operands_that_may_be_secret_stay_in_the_sealed_record(line: bytes, operands: list[str], withheld: str) -> None:
    (operation,) = converted("OPERLOG", line).operations
    assert operation.operands == operands
    assert operation.extra.get("withheld", "") == withheld


def test_every_reason_of_the_parsers_is_a_reason_of_dead_letters() -> None:
    known = {reason.value for reason in Reason}
    for reasons in (LineReason, RowReason, AccessReason, ResultReason):
        assert {reason.value for reason in reasons} <= known


def test_a_thousand_lines_come_in_pieces_and_in_order() -> None:
    body = b"".join(b"OPLOG 4\t0\t2026-03-01 08:%02d:%02d\t0\t0\t0\t0\n" % divmod(n, 60) for n in range(1000))
    found = converted("OPERLOG", body)
    assert max(len(piece.events) for piece in found.pieces) == 200
    assert [operation.raw_line for operation in found.operations] == list(range(1, 1001))
    assert operations._REMOVED.keys() <= operations._ABOUT_A_USER
