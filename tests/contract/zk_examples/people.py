"""C31 to C45: OPERLOG, users, templates, pictures, device errors, photos."""

from __future__ import annotations

from typing import Final

from tests.contract.zk_examples.example import OPERATIONS, PHOTOS, Example, Raw, Step, post
from wire.zkpush.operlog import parse_table
from wire.zkpush.photos import PhotoRow, parse_photo
from wire.zkpush.rows import ErrorRow, OperationRow, PictureRow, Row, TemplateRow, UserRow

_PICTURE: Final = b"\xff\xd8\xff\xe0"
_PHOTO: Final = b"\xff\xd8\xff\xe0\x00\n\xff\xd9"


def rows(raw: Raw) -> list[Row]:
    batch = parse_table(raw.table, raw.body)
    assert not batch.errors
    return batch.rows


def told(raw: Raw) -> object:
    return [_told(row) for row in rows(raw)]


def _told(row: Row) -> object:
    match row:
        case UserRow():
            readings = row.card_readings
            numbers = (readings.decimal, readings.little_endian, readings.big_endian)
            return row.pin, row.name, row.password, row.card, numbers, row.group, row.time_zones, row.verify, row.extra
        case TemplateRow():
            return (
                row.tag, row.pin, row.number, row.sample_index, row.type, row.major_version, row.template,
                row.byte_size, row.size_mismatch,
            )  # fmt: skip
        case PictureRow():
            return row.tag, row.pin, row.filename, row.content, row.size_mismatch
        case OperationRow():
            return row.code, row.administrator, row.time_text, row.operands
        case ErrorRow():
            return row.code, row.message, row.origin, row.command_id
    return row


def photo(raw: Raw) -> object:
    row = parse_photo(raw.body, raw.params)
    assert isinstance(row, PhotoRow)
    return bytes(row.content), row.time_text, row.pin, row.passed, row.real_time, row.size_mismatch


def _upload(query: str, table: str, body: bytes, count: int, meaning: object, topic: str = OPERATIONS) -> Step:
    return Step(post(f"/iclock/cdata{query}", body), b"OK: %d\n" % count, topic, table, told, meaning)


def _field(table: str, number: int) -> str:
    return f"?SN=TST00000000{number}&table={table}&Stamp=9999"


_SPEC: Final = "?SN=12300001&table=OPERLOG&Stamp=2008-02-25T12:08:21"
_BIODATA: Final = (
    b"BIODATA Pin=17\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
    b"BIODATA Pin=17\tNo=0\tIndex=1\tValid=1\tDuress=0\tType=8\tMajorVer=12\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
)
_USERPIC: Final = b"USERPIC PIN=17\tFileName=17.jpg\tSize=8\tContent=/9j/4A==\n"

PEOPLE: Final = (
    Example("C31", (
        _upload(_SPEC, "OPERLOG", b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=\n", 1,
                [("982", "Richard", "9822", "13375590", (13375590, None, None), "1", "", None, {})]),
    )),
    Example("C32", (
        _upload(_SPEC, "OPERLOG", b"FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==\n", 1,
                [("FP", "982", 1, None, None, None, b"AQIDBA==", 4, False)]),
    )),
    Example("C34", (
        _upload(_field("OPERLOG", 34), "OPERLOG",
                b"OPLOG 5\t0\t2026-03-01 08:00:00\tDHCP\t0\t0\t0\nOPLOG 114\t1\t2026-03-01 08:00:05\t0\t0\t0\t0\n", 2,
                [(5, "0", "2026-03-01 08:00:00", ("DHCP", "0", "0", "0")),
                 (114, "1", "2026-03-01 08:00:05", ("0", "0", "0", "0"))]),
    )),
    Example("C35", (
        _upload(_field("OPERLOG", 35), "OPERLOG",
                b"USER PIN=17\tName=Ann, Mary Lee\tPri=0\tPasswd=\tCard=[15CD5B07]\tGrp=1\tTZ=0000000100000000\t"
                b"Verify=-1\tViceCard=\tStartDatetime=0\tEndDatetime=0\n", 1,
                [("17", "Ann, Mary Lee", "", "[15CD5B07]", (None, 123456789, 365779719), "1", "0000000100000000", -1,
                  {"ViceCard": "", "StartDatetime": "0", "EndDatetime": "0"})]),
    )),
    Example("C38", (
        _upload(_field("OPERLOG", 38), "OPERLOG", b"FACE PIN=17\tFID=0\tSIZE=8\tVALID=1\tTMP=AQIDBA==\n", 1,
                [("FACE", "17", 0, None, None, None, b"AQIDBA==", 4, False)]),
    )),
    Example("C39", (
        _upload(_field("BIODATA", 39), "BIODATA", _BIODATA, 2,
                [("BIODATA", "17", 0, 0, 9, 58, b"AQIDBA==", 4, False),
                 ("BIODATA", "17", 0, 1, 8, 12, b"AQIDBA==", 4, False)]),
    )),
    Example("C40", (
        _upload(_field("BIOPHOTO", 40), "BIOPHOTO",
                b"BIOPHOTO PIN=17\tFileName=17.jpg\tType=0\tSize=8\tContent=/9j/4A==\n", 1,
                [("BIOPHOTO", "17", "17.jpg", _PICTURE, False)], PHOTOS),
    )),
    Example("C41", (
        _upload(_field("USERPIC", 41), "USERPIC", _USERPIC, 1, [("USERPIC", "17", "17.jpg", _PICTURE, False)], PHOTOS),
        _upload(_field("OPERLOG", 41), "OPERLOG", b"OPLOG 30\t0\t2026-03-01 08:00:00\t17\t0\t0\t0\n" + _USERPIC, 2,
                [(30, "0", "2026-03-01 08:00:00", ("17", "0", "0", "0")),
                 ("USERPIC", "17", "17.jpg", _PICTURE, False)]),
    )),
    Example("C42", (
        _upload(_field("ERRORLOG", 42), "ERRORLOG",
                b"ERRORLOG ErrCode=D01E0001\tErrMsg=disk\tDataOrigin=cmd\tCmdId=a1\tAdditional=\n", 1,
                [("D01E0001", "disk", "cmd", "a1")]),
    )),
    Example("C44", (
        Step(post("/iclock/cdata?SN=12300001&table=ATTPHOTO&Stamp=2026-03-01T09:00:00",
                  b"PIN=20260301090000-982\nSN=12300001\nsize=8\nCMD=realupload\x00" + _PHOTO),
             b"OK: 1\n", PHOTOS, "ATTPHOTO", photo, (_PHOTO, "2026-03-01 09:00:00", "982", True, True, False)),
    )),
    Example("C45", (
        Step(post("/iclock/cdata?SN=12300001&table=ATTPHOTO&Stamp=2026-03-01T09:00:00",
                  b"PIN=20260301090000\nSN=12300001\nsize=8\nCMD=uploadphoto\x00" + _PHOTO),
             b"OK: 1\n", PHOTOS, "ATTPHOTO", photo, (_PHOTO, "2026-03-01 09:00:00", "", False, False, False)),
    )),
)  # fmt: skip
