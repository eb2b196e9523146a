"""ATTPHOTO bodies and the names of photos (spec/zk-push.md O11 to O15, examples C44 and C45)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.photos import PhotoRow, parse_photo
from wire.zkpush.rows import LineError, LineReason

PICTURE = b"\xff\xd8\xff\xe0\x00\n\xff\xd9"
HEAD = b"PIN=20260301090000-982\nSN=12300001\nsize=8\nCMD=realupload\x00"


def photo_of(body: bytes, params: dict[str, str] | None = None) -> PhotoRow:
    row = parse_photo(body, params or {})
    assert isinstance(row, PhotoRow)
    return row


def test_c44_a_photo_of_somebody_who_passed() -> None:
    body = b"PIN=20260301090000-982\nSN=12300001\nsize=8\nCMD=realupload\x00\xff\xd8\xff\xe0\x00\n\xff\xd9"
    row = photo_of(body)
    assert (bytes(row.content), row.said_size, row.size_mismatch) == (PICTURE, 8, False)
    assert (row.time_text, row.pin, row.passed, row.real_time) == ("2026-03-01 09:00:00", "982", True, True)
    assert (row.name, row.serial, row.photo_type, row.id_number) == ("20260301090000-982", "12300001", None, "")
    assert row.content.obj is body  # not copied
    assert repr(row) == "PhotoRow(size=8)"


def test_c45_a_photo_of_somebody_who_failed() -> None:
    row = photo_of(b"PIN=20260301090000\nSN=12300001\nsize=8\nCMD=uploadphoto\x00" + PICTURE)
    assert (row.time_text, row.pin, row.passed, row.real_time) == ("2026-03-01 09:00:00", "", False, False)


@pytest.mark.parametrize(
    ("name", "time_text", "pin", "photo_type", "id_number", "passed"),
    [
        ("20260301090000-982.jpg", "2026-03-01 09:00:00", "982", None, "", True),
        ("20260301090000.JPG", "2026-03-01 09:00:00", "", None, "", False),
        ("20260301090000-", "2026-03-01 09:00:00", "", None, "", False),
        ("20260301090000-00017", "2026-03-01 09:00:00", "00017", None, "", True),
        ("20260301090000-wctpl-070.jpg", "2026-03-01 09:00:00", "wctpl-070", None, "", True),
        ("20260301090000-Ann Lee", "2026-03-01 09:00:00", "Ann Lee", None, "", True),
        ("20260301090000-0-17-110101199001011234.jpg", "2026-03-01 09:00:00", "17", 0, "110101199001011234", True),
        ("20260301090000-1-17-.jpg", "2026-03-01 09:00:00", "17", 1, "", False),
        ("20260301090000-4-17-11010119900101123X", "2026-03-01 09:00:00", "17", 4, "11010119900101123X", False),
        ("20261399999999-982", "2026-13-99 99:99:99", "982", None, "", True),  # judged elsewhere
        ("982.jpg", "", "", None, "", False),
        ("photo of somebody", "", "", None, "", False),
    ],
)
def test_names(name: str, time_text: str, pin: str, photo_type: int | None, id_number: str, passed: bool) -> None:
    row = photo_of(f"PIN={name}\nsize=8\nCMD=uploadphoto\0".encode() + PICTURE)
    assert (row.name, row.time_text, row.pin, row.photo_type, row.id_number, row.passed) == (
        name, time_text, pin, photo_type, id_number, passed)  # fmt: skip


@pytest.mark.parametrize(
    ("size", "mismatch"), [(b"8", False), (b"9", True), (b"", False), (b"big", False), (b"0", True)]
)
def test_another_size_is_flagged_and_never_refused(size: bytes, mismatch: bool) -> None:
    row = photo_of(HEAD.replace(b"size=8", b"size=" + size) + PICTURE)
    assert (row.size_mismatch, bytes(row.content)) == (mismatch, PICTURE)


def test_case_line_ends_blanks_and_unknown_lines() -> None:
    row = photo_of(b"pin= 20260301090000-982\r\nSize=8\r\nOdd=1\r\ncmd=REALUPLOAD\x00" + PICTURE)
    assert (row.pin, row.said_size, row.real_time, row.extra) == ("982", 8, True, {"Odd": "1"})
    printed = photo_of(b"PIN=20160615093758-0-1457-2102.jpg SN=0316144680030 size=8 CMD=uploadphoto\x00" + PICTURE)
    assert (printed.pin, printed.serial, printed.said_size, printed.real_time) == ("1457", "0316144680030", 8, False)


def test_the_name_may_stand_in_the_query() -> None:
    params = {"sn": "12300001", "pin": "20260301090000-982.jpg", "size": "8", "cmd": "uploadphoto"}
    for body in (PICTURE, b"SN=12300001\nCMD=uploadphoto\x00" + PICTURE):
        row = photo_of(body, params)
        assert (row.pin, row.serial, row.said_size, row.real_time) == ("982", "12300001", 8, False)
        assert bytes(row.content) == PICTURE
    assert photo_of(HEAD + PICTURE, {"pin": "20270101000000-1"}).pin == "982"  # the body comes first


@pytest.mark.parametrize("size", [8, 12])
@pytest.mark.parametrize("folded", [b"", b"\r\n"])
def test_base64_after_the_nul_or_in_a_line(size: int, folded: bytes) -> None:
    encoded = base64.b64encode(PICTURE)
    encoded = encoded[:4] + folded + encoded[4:] + folded
    head = b"PIN=20260301090000-982\nsize=%d\nCMD=uploadphoto" % size
    row = photo_of(head + b"\x00" + encoded)
    assert (bytes(row.content), row.was_base64) == (PICTURE, True)
    if not folded:
        assert not row.size_mismatch
        row = photo_of(head + b"\nContent=" + encoded)
        assert (bytes(row.content), row.was_base64, row.pin, row.real_time) == (PICTURE, True, "982", False)


def test_a_picture_that_only_looks_like_base64_stays_as_it_is() -> None:
    row = photo_of(HEAD + b"/9j/\xff\xfe!")
    assert (bytes(row.content), row.was_base64) == (b"/9j/\xff\xfe!", False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", LineReason.PIN_MISSING),
        (PICTURE, LineReason.PIN_MISSING),
        (b"SN=1\nCMD=uploadphoto\x00" + PICTURE, LineReason.PIN_MISSING),
        (b"PIN=20260301090000-982\nCMD=uploadphoto\x00", LineReason.PICTURE_MISSING),
        (b"PIN=20260301090000-982\nCMD=uploadphoto", LineReason.PICTURE_MISSING),
        (b"PIN=20260301090000-982\nContent=!!!", LineReason.CONTENT_UNREADABLE),
        (b"PIN=20260301090000-" + b"9" * 65 + b"\x00" + PICTURE, LineReason.PIN_TOO_LONG),
        (b"LZO1" + HEAD + PICTURE, LineReason.COMPRESSED_LZO),
    ],
)
def test_bodies_without_a_photo_are_kept(body: bytes, reason: LineReason) -> None:
    error = parse_photo(body, {})
    assert isinstance(error, LineError)
    assert (error.line, error.reason, error.raw) == (0, reason, body)


def test_a_picture_of_two_megabytes_is_not_copied() -> None:
    body = HEAD + b"\xff\xd8" + bytes(2_000_000)
    content = photo_of(body).content
    assert content.obj is body
    assert len(content) == 2_000_002


@given(st.binary(max_size=60), st.sampled_from([b"", HEAD, HEAD[:-1], b"PIN=", b"Content=", b"\0"]))
def test_nothing_raises(tail: bytes, head: bytes) -> None:
    for params in ({}, {"pin": "20260301090000-982"}):
        row = parse_photo(head + tail, params)
        if isinstance(row, LineError):
            assert row.raw == head + tail
        elif head == HEAD and not row.was_base64:
            assert bytes(row.content) == tail
