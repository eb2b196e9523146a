"""OPERLOG with its mixed lines, and tables of their own (spec/zk-push.md 2.4, examples C31 to C42)."""

import base64
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wire.zkpush.attlog import count_rows
from wire.zkpush.cards import CardReadings, read_card
from wire.zkpush.operlog import line_of, parse_table
from wire.zkpush.packed import packed_body
from wire.zkpush.row_text import row_pairs, serialise_row
from wire.zkpush.rows import (
    ErrorRow,
    GenericRow,
    LineError,
    LineReason,
    OperationRow,
    PictureRow,
    Row,
    TemplateRow,
    UserRow,
    is_secret_field,
)

JPEG = b"\xff\xd8\xff\xe0"


def rows_of(body: bytes, table: str = "OPERLOG") -> list[Row]:
    batch = parse_table(table, body)
    assert batch.errors == []
    return batch.rows


def row_of(body: bytes, table: str = "OPERLOG") -> Row:
    (row,) = rows_of(body, table)
    return row


def test_c31_user() -> None:
    row = row_of(b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=\n")
    assert tuple(row) == (1, "982", "Richard", None, "9822", "13375590", "1", "", None, (), (), {}, "utf-8")
    assert isinstance(row, UserRow)
    assert row.card_readings == CardReadings(decimal=13375590)
    assert repr(row) == "UserRow(line=1)"  # nothing of a person in a log or a traceback


def test_c32_fingerprint() -> None:
    row = row_of(b"FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==\n")
    assert isinstance(row, TemplateRow)
    assert (row.tag, row.kind, row.pin, row.number, row.valid, row.said_size) == ("FP", "fingerprint", "982", 1, 1, 8)
    assert (row.template, row.byte_size, row.size_mismatch) == (b"AQIDBA==", 4, False)


@pytest.mark.parametrize(
    ("size", "mismatch"), [(b"8", False), (b"4", False), (b"5", True), (b"", False), (b"x", False)]
)
def test_a_size_may_count_characters_or_bytes(size: bytes, mismatch: bool) -> None:
    row = row_of(b"FP PIN=982\tFID=1\tSize=" + size + b"\tValid=1\tTMP=AQIDBA==")
    assert isinstance(row, TemplateRow)
    assert (row.size_mismatch, row.unread) == (mismatch, (("size", "x"),) if size == b"x" else ())


def test_c34_operations() -> None:
    body = b"OPLOG 5\t0\t2026-03-01 08:00:00\tDHCP\t0\t0\t0\nOPLOG 114\t1\t2026-03-01 08:00:05\t0\t0\t0\t0\n"
    lines = body.split(b"\n")
    assert rows_of(body) == [
        OperationRow(1, 5, "0", "2026-03-01 08:00:00", ("DHCP", "0", "0", "0"), (), "utf-8", lines[0]),
        OperationRow(2, 114, "1", "2026-03-01 08:00:05", ("0", "0", "0", "0"), (), "utf-8", lines[1]),
    ]


def test_c35_user_with_more_fields() -> None:
    row = row_of(
        b"USER PIN=17\tName=Ann, Mary Lee\tPri=0\tPasswd=\tCard=[15CD5B07]\tGrp=1\tTZ=0000000100000000\tVerify=-1\t"
        b"ViceCard=\tStartDatetime=0\tEndDatetime=0\n"
    )
    assert isinstance(row, UserRow)
    assert (row.name, row.privilege, row.password, row.card) == ("Ann, Mary Lee", 0, "", "[15CD5B07]")
    assert (row.time_zones, row.verify) == ("0000000100000000", -1)
    assert row.card_readings == CardReadings(None, 123456789, 365779719)
    assert row.extra == {"ViceCard": "", "StartDatetime": "0", "EndDatetime": "0"}


def test_c38_face_in_capitals() -> None:
    row = row_of(b"FACE PIN=17\tFID=0\tSIZE=8\tVALID=1\tTMP=AQIDBA==\n")
    assert isinstance(row, TemplateRow)
    assert (row.kind, row.number, row.said_size, row.valid, row.template) == ("face", 0, 8, 1, b"AQIDBA==")


def test_c39_biodata() -> None:
    body = (
        b"BIODATA Pin=17\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
        b"BIODATA Pin=17\tNo=0\tIndex=1\tValid=1\tDuress=0\tType=8\tMajorVer=12\tMinorVer=0\tFormat=0\tTmp=AQIDBA==\r\n"
    )
    first, second = rows_of(body, "BIODATA")
    assert isinstance(first, TemplateRow)
    assert isinstance(second, TemplateRow)
    assert (first.kind, second.kind) == ("visible-light face", "palm vein")
    assert tuple(second)[:13] == (2, "BIODATA", "17", 0, 1, 1, 0, 8, 12, 0, 0, None, b"AQIDBA==")
    assert rows_of(body) == [first, second]


def test_c40_biophoto() -> None:
    row = row_of(b"BIOPHOTO PIN=17\tFileName=17.jpg\tType=0\tSize=8\tContent=/9j/4A==\n", "BIOPHOTO")
    assert isinstance(row, PictureRow)
    assert (row.pin, row.filename, row.type, row.content, row.size_mismatch) == ("17", "17.jpg", 0, JPEG, False)


@pytest.mark.parametrize("table", ["USERPIC", "OPERLOG", "userpic"])
def test_c41_user_picture(table: str) -> None:
    row = row_of(b"USERPIC PIN=17\tFileName=17.jpg\tSize=8\tContent=/9j/4A==\n", table)
    assert isinstance(row, PictureRow)
    assert (row.tag, row.pin, row.filename, row.said_size, row.content) == ("USERPIC", "17", "17.jpg", 8, JPEG)


def test_c42_error() -> None:
    row = row_of(b"ERRORLOG ErrCode=D01E0001\tErrMsg=disk\tDataOrigin=cmd\tCmdId=a1\tAdditional=\n", "ERRORLOG")
    assert row == ErrorRow(1, "D01E0001", "disk", "cmd", "a1", "", (), (), {}, "utf-8")


@pytest.mark.parametrize(
    ("table", "line", "tag"),
    [
        ("USERINFO", b"PIN=17\tName=Ann", "USER"),
        ("userinfo", b"USER PIN=17\tName=Ann", "USER"),
        ("USERINFO", b"USERINFO PIN=17\tName=Ann", "USER"),
        ("FINGERTMP", b"PIN=17\tFID=1\tTMP=AQ==", "FP"),
        ("FINGERTMP", b"FP PIN=17\tFID=1\tTMP=AQ==", "FP"),
        ("FACE", b"PIN=17\tFID=1\tTMP=AQ==", "FACE"),
        ("FACETMP", b"FACE PIN=17\tFID=1\tTMP=AQ==", "FACE"),
        ("FVEIN", b"Pin=17\tFID=1\tIndex=2\tTmp=AQ==", "FVEIN"),
        ("BIODATA", b"Pin=17\tNo=1\tTmp=AQ==", "BIODATA"),
        ("BIOPHOTO", b"PIN = 17\tContent=/9j/4A==", "BIOPHOTO"),
        ("USERPIC", b"  userpic\tPIN=17\tContent=/9j/4A==", "USERPIC"),
    ],
)
def test_tables_of_their_own_with_and_without_the_tag(table: str, line: bytes, tag: str) -> None:
    row = row_of(line + b"\r\n", table)
    assert not isinstance(row, OperationRow | ErrorRow | GenericRow)
    assert row.pin == "17"
    assert ("USER" if isinstance(row, UserRow) else row.tag) == tag


@pytest.mark.parametrize(
    ("table", "line", "tag", "fields"),
    [
        ("IDCARD", b"IDCARD PIN=0\tIDNum=1\tName=Ann Lee", "IDCARD", {"PIN": "0", "IDNum": "1", "Name": "Ann Lee"}),
        ("WORKCODE", b"CODE=7\tName=night, late", "WORKCODE", {"CODE": "7", "Name": "night, late"}),
        ("SMS", b"SMS MSG=a=b\tTAG=253\tUID=1", "SMS", {"MSG": "a=b", "TAG": "253", "UID": "1"}),
        ("USER_SMS", b"PIN=1\tUID=1\t", "USER_SMS", {"PIN": "1", "UID": "1"}),
        ("nobody_named", b"Colour=red", "NOBODY_NAMED", {"Colour": "red"}),
        ("OPERLOG", b"Odd a=1\tB=2", "ODD", {"a": "1", "B": "2"}),
        ("OPERLOG", b"a=1\tB=2", "", {"a": "1", "B": "2"}),
    ],
)
def test_what_nobody_named_is_kept_as_pairs(table: str, line: bytes, tag: str, fields: dict[str, str]) -> None:
    row = row_of(line, table)
    assert row == GenericRow(1, tag, fields, (), (), "utf-8")
    assert list(row.fields) == list(fields)


def test_the_blanks_of_the_document() -> None:
    rows = rows_of(
        b"USER PIN=982 Name=Richard Passwd=9822 Card=13375590 Grp=1 TZ=\n"
        b"FP PIN=982 FID=1 Size=8 Valid=1 TMP=AQIDBA==\n"
        b"FACE PIN=1002 Size=8 Valid=1 TMP=AQIDBA==\n"
        b"OPLOG 9 1 2026-03-01 08:00:00 982 0\n"
    )
    tabs = rows_of(
        b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=\n"
        b"FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==\n"
        b"FACE PIN=1002\tSize=8\tValid=1\tTMP=AQIDBA==\n"
        b"OPLOG 9\t1\t2026-03-01 08:00:00\t982\t0\n"
    )
    assert rows[:3] == tabs[:3]
    assert rows[3][:-1] == tabs[3][:-1]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (b"4", (4, "", "", (), ())),
        (b"4\t1", (4, "1", "", (), ())),
        (b"9\t1\t1772355600\t17", (9, "1", "1772355600", ("17",), ())),
        (b" 21 \tboss \tyesterday\ta\tb\tc\td\te\t", (21, "boss", "yesterday", ("a", "b", "c", "d"), ("e", ""))),
    ],
)
def test_operations_of_any_length(columns: bytes, expected: tuple[object, ...]) -> None:
    row = row_of(b"OPLOG " + columns)
    assert isinstance(row, OperationRow)
    assert row[1:6] == expected
    assert row.raw == b"OPLOG " + columns


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", LineReason.NOT_A_ROW),
        (b"<html>\tx", LineReason.NOT_A_ROW),
        (b"USER Name=Ann\tCard=1", LineReason.PIN_MISSING),
        (b"USER PIN= \tName=Ann", LineReason.PIN_MISSING),
        (b"USER", LineReason.PIN_MISSING),
        (b"FP PIN=" + b"9" * 65 + b"\tTMP=AQ==", LineReason.PIN_TOO_LONG),
        (b"OPLOG five\t0\t2026-03-01 08:00:00", LineReason.OPERATION_CODE_UNREADABLE),
        (b"OPLOG \t0\t2026-03-01 08:00:00", LineReason.OPERATION_CODE_UNREADABLE),
        (b"OPLOG\t\t0\t2026-03-01 08:00:00", LineReason.OPERATION_CODE_UNREADABLE),
        (b"OPLOG", LineReason.OPERATION_CODE_UNREADABLE),
        (b"BIOPHOTO PIN=17\tContent=/9j/4A=", LineReason.CONTENT_UNREADABLE),
        (b"ERRORLOG 1 2 3", LineReason.NOT_A_ROW),
    ],
)
def test_a_bad_line_stands_beside_good_ones(line: bytes, reason: LineReason) -> None:
    good = b"USER PIN=1\tName=Ann"
    batch = parse_table("OPERLOG", b"\r\n".join((good, line, b"", good)))
    assert [row.line for row in batch.rows] == [1, 4]
    (error,) = batch.errors
    assert (error.line, error.reason, error.raw) == (2, reason, line)
    assert "Ann" not in error.detail
    assert "Ann" not in repr(error)


def test_numbers_that_are_none_second_values_and_loose_pieces_are_told() -> None:
    row = row_of(b"USER PIN=1\tPri=boss\tpin=2\tLee\tVerify=1\tVerifyMode=2\tName=Ann")
    assert isinstance(row, UserRow)
    assert (row.pin, row.name, row.privilege, row.verify) == ("1", "Ann", None, 1)
    assert row.unread == (("", "Lee"), ("pri", "boss"))
    assert row.repeated == ("pin", "verifymode")


def test_only_pin_and_card_are_trimmed() -> None:
    row = row_of(b"USER PIN= 1 \tName= Ann \tCard= 7 \tPasswd= x")
    assert isinstance(row, UserRow)
    assert (row.pin, row.name, row.card, row.password) == ("1", " Ann ", "7", " x")


def test_charsets_are_told_line_by_line() -> None:
    names = [("é".encode(), "é"), ("张三".encode("gb18030"), "张三"), (b"\xff", "ÿ")]
    rows = rows_of(b"\n".join(b"USER PIN=1\tName=" + raw for raw, _ in names))
    assert [(row.name, row.charset) for row in rows if isinstance(row, UserRow)] == [
        ("é", "utf-8"), ("张三", "gb18030"), ("ÿ", "latin-1")]  # fmt: skip


def test_a_line_can_be_had_again() -> None:
    body = b"USER PIN=1\tName=Ann\r\n\r\n \t\nhello\nOPLOG 4\0"
    batch = parse_table("OPERLOG", body)
    assert [row.line for row in batch.rows] == [1, 5]
    assert [line_of(body, line) for line in (1, 2, 3, 4, 5, 6)] == [
        b"USER PIN=1\tName=Ann", b"", b"", b"hello", b"OPLOG 4", b""]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "params", "reason"),
    [
        (b"LZO1\x10\0\0\0\tx\n", {}, LineReason.COMPRESSED_LZO),
        (b"\x1f\x8b\x08\0abc\n", {}, LineReason.COMPRESSED_GZIP),
        (b"\x1f\x8b\x08\0abc\n", {"contenttype": "TGZ"}, LineReason.COMPRESSED_TGZ),
        (b"USER PIN=1\tName=Ann", {"contenttype": "tgz"}, LineReason.COMPRESSED_TGZ),
    ],
)
def test_packed_bodies_are_one_error(body: bytes, params: dict[str, str], reason: LineReason) -> None:
    error = packed_body(body, params)
    assert error is not None
    assert (error.line, error.reason, error.raw) == (0, reason, body)
    if not params:
        assert parse_table("OPERLOG", body) == ([], [error])


def test_other_bodies_are_not_packed() -> None:
    assert packed_body(b"USER PIN=1\tName=Ann", {"contenttype": "text", "table": "OPERLOG"}) is None
    assert parse_table("OPERLOG", b"") == ([], [])
    assert parse_table("OPERLOG", b"\r\n \t\n\0") == ([], [])


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("123456789", CardReadings(decimal=123456789)),
        ("[15CD5B07]", CardReadings(None, 123456789, 365779719)),
        (" [15cd5b07] ", CardReadings(None, 123456789, 365779719)),
        ("[5CD]", CardReadings(None, 0xCD05, 0x5CD)),
        *[(text, CardReadings()) for text in ("", "0", "[00000000]", "[]", "15CD5B07", "[xyz]", "-1", "9" * 20)],
    ],
)
def test_cards(text: str, readings: CardReadings) -> None:
    assert read_card(text) == readings


def test_fields_that_must_not_be_published() -> None:
    assert all(is_secret_field(name) for name in ("Passwd", "ViceCard", "TMP", "Content", "IDNum", "FPTemplate1"))
    assert not any(is_secret_field(name) for name in ("PIN", "Name", "Grp", "StartDatetime"))


def test_bad_lines_beyond_a_thousand_are_kept_together_with_all_their_bytes() -> None:
    lines = [b"bad%d" % number for number in range(3000)]
    lines.insert(2000, b"USER PIN=1\tName=Ann")
    batch = parse_table("OPERLOG", b"\n".join(lines))
    assert [row.line for row in batch.rows] == [2001]
    assert len(batch.errors) == 1001
    assert batch.errors[-1].line == 1001
    assert b"\n".join(error.raw for error in batch.errors).split(b"\n") == [
        line for line in lines if line[:3] == b"bad"
    ]


# ---- properties

PIECES = [
    b"USER ", b"FP ", b"OPLOG ", b"BIOPHOTO ", b"PIN=1", b"TMP=", b"Content=", b"AQ==", b"\t", b"\t", b"\n", b"\r",
    b" ", b"=", b"\0", b"x", b"5", b"\xff", "张".encode("gb18030"), b"2026-03-01 08:00:00",
]  # fmt: skip
BODIES = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
TABLES = st.sampled_from(["OPERLOG", "userinfo", "BIODATA", "BIOPHOTO", "ERRORLOG", "odd", ""])


@given(BODIES, TABLES)
def test_every_line_is_a_row_or_an_error_whatever_the_bytes(body: bytes, table: str) -> None:
    batch = parse_table(table, body)
    if any(error.line == 0 for error in batch.errors):
        assert batch == ([], [batch.errors[0]])
        return
    assert len(batch.rows) + len(batch.errors) == count_rows(body)
    for error in batch.errors:
        assert error.raw == line_of(body, error.line)
        assert body.split(b"\n")[error.line - 1].startswith(error.raw)
    for row in batch.rows:
        assert line_of(body, row.line)
        if isinstance(row, UserRow | TemplateRow | PictureRow):
            assert row.pin
            assert row.pin == row.pin.strip()


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\r\n\0"), max_size=10)
PIN = st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True)
NUMBER = st.one_of(st.none(), st.integers(-20, 100_000))
KNOWN = frozenset((
    "pin", "name", "pri", "passwd", "card", "grp", "tz", "verify", "verifymode", "no", "fid", "index", "valid",
    "duress", "type", "majorver", "minorver", "format", "size", "tmp", "template", "content", "filename",
))  # fmt: skip
EXTRA = st.dictionaries(
    st.from_regex(r"[A-Za-z~][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda key: key.lower() not in KNOWN),
    TEXT,
    max_size=3,
).filter(lambda extra: len({key.lower() for key in extra}) == len(extra))
USERS = st.builds(
    UserRow,
    st.just(1), PIN, TEXT, NUMBER, TEXT, TEXT.map(str.strip), TEXT, TEXT, NUMBER,
    st.sampled_from([(), (("", "Lee"),), (("pri", "boss"),)]), st.just(()), EXTRA, st.just("utf-8"),
).map(lambda row: row._replace(privilege=None) if row.unread == (("pri", "boss"),) else row)  # fmt: skip
TEMPLATES = st.builds(
    TemplateRow,
    st.just(1), st.sampled_from(["FP", "FACE", "FVEIN", "BIODATA"]), PIN,
    NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER,
    st.binary(max_size=30).map(base64.b64encode), st.just(()), st.just(()), EXTRA, st.just("utf-8"),
)  # fmt: skip
PICTURES = st.builds(
    PictureRow,
    st.just(1), st.sampled_from(["USERPIC", "BIOPHOTO"]), PIN, TEXT, NUMBER, NUMBER, NUMBER, NUMBER,
    st.binary(max_size=30), st.just(()), st.just(()), EXTRA, st.just("utf-8"),
)  # fmt: skip
PEOPLE = st.one_of(USERS, TEMPLATES, PICTURES)


@given(PEOPLE)
def test_parsing_what_was_written_gives_it_back(row: UserRow | TemplateRow | PictureRow) -> None:
    line = serialise_row(row)
    assert row_of(line) == row
    assert row_of(line + b"\r\n", "USERINFO") == row


@given(st.lists(PEOPLE, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_what_they_hold(
    people: list[UserRow | TemplateRow | PictureRow], shuffler: random.Random
) -> None:
    lines = [serialise_row(row) for row in people]
    order = list(range(len(people)))
    shuffler.shuffle(order)
    rows = rows_of(b"\n".join(lines[place] for place in order))
    assert rows == [people[place]._replace(line=line) for line, place in enumerate(order, 1)]


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(row: UserRow | TemplateRow | PictureRow, shuffler: random.Random) -> None:
    tag, _, rest = serialise_row(row).partition(b" ")
    pieces = rest.split(b"\t")
    shuffler.shuffle(pieces)
    assert row_of(tag + b" " + b"\t".join(pieces)) == row


@given(PEOPLE, EXTRA)
def test_unknown_keys_change_only_extra(row: UserRow | TemplateRow | PictureRow, more: dict[str, str]) -> None:
    assume(not {key.lower() for key in more} & {key.lower() for key in row.extra})
    line = serialise_row(row) + b"".join(b"\t%s=%s" % (key.encode(), value.encode()) for key, value in more.items())
    assert row_of(line) == row._replace(extra={**row.extra, **more})


@given(st.lists(PEOPLE, max_size=4), st.lists(st.binary(max_size=30), max_size=4), st.randoms(use_true_random=False))
def test_no_good_line_is_lost_beside_bad_ones(
    people: list[UserRow | TemplateRow | PictureRow], bad: list[bytes], shuffler: random.Random
) -> None:
    good = {serialise_row(row): row for row in people}
    lines = [*good, *(b"\x01" + line.replace(b"\n", b"").replace(b"=", b"") for line in bad)]
    shuffler.shuffle(lines)
    batch = parse_table("OPERLOG", b"\n".join(lines))
    assert [row._replace(line=1) for row in batch.rows] == [good[line] for line in lines if line in good]
    assert [error.line for error in batch.errors] == [n for n, line in enumerate(lines, 1) if line not in good]


def test_a_person_is_written_in_the_spelling_of_the_document() -> None:
    line = b"USER PIN=17\tName=Ann, Mary Lee\tPri=0\tPasswd=1\tCard=2\tGrp=1\tTZ=\tVerify=-1\tViceCard=3"
    user = row_of(line)
    assert isinstance(user, UserRow)
    assert serialise_row(user) == line
    template = row_of(b"BIODATA Tmp=AQ==\tOdd=1\tPin=17\tNo=0\tType=9")
    assert isinstance(template, TemplateRow)
    assert row_pairs(template) == [("Pin", "17"), ("No", "0"), ("Type", "9"), ("Odd", "1"), ("Tmp", b"AQ==")]
    chinese = user._replace(name="张三", charset="gb18030")
    assert row_of(serialise_row(chinese, "gb18030")) == chinese


def test_errors_are_told_without_what_they_hold() -> None:
    assert (
        repr(LineError(3, LineReason.PIN_MISSING, b"USER Passwd=1", "no PIN"))
        == "LineError(line=3, pin_missing: no PIN)"
    )
