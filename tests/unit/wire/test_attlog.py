"""ATTLOG bodies in all their shapes (spec/zk-push.md 2.3, L1 to L12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.attlog import AttlogRow, RowError, RowReason, count_rows, parse_attlog

TIME = "2026-03-01 09:00:00"


def row_of(text: str | bytes) -> AttlogRow:
    batch = parse_attlog(text.encode() if isinstance(text, str) else text)
    assert batch.errors == []
    (row,) = batch.rows
    return row


def error_of(body: bytes) -> RowError:
    batch = parse_attlog(body)
    assert batch.rows == []
    (error,) = batch.errors
    return error


def test_seven_columns() -> None:
    raw = f"982\t{TIME}\t1\t0\t9001\ta\tb".encode()
    expected = AttlogRow(1, "982", TIME, 1, 0, "9001", ("a", "b"), (), (), (), (), "utf-8", raw)
    assert row_of(raw + b"\n") == expected


@pytest.mark.parametrize("count", range(2, 21))
def test_no_count_of_columns_is_refused(count: int) -> None:
    columns = ["982", TIME, "1", "15", "wc", "r1", "r2", *(f"c{n}" for n in range(8, 30))][:count]
    row = row_of("\t".join(columns))
    assert (row.state, row.verify) == (1 if count > 2 else None, 15 if count > 3 else None)
    assert row.work_code == ("wc" if count > 4 else "")
    assert row.reserved == tuple(columns[5:7])
    if 13 <= count <= 16:
        assert (row.job_codes, row.tip_codes, row.tail) == (tuple(columns[7:13]), tuple(columns[13:]), ())
    else:
        assert (row.job_codes, row.tip_codes, row.tail) == ((), (), tuple(columns[7:]))


def test_a_trailing_tab_after_the_longest_form_keeps_its_codes() -> None:
    row = row_of(f"982\t{TIME}\t1\t0\t9001\t0\t0\t1\t2\t3\t4\t5\t6\t1.0\t2.0\t3.0\t\n")
    assert (row.job_codes, row.tip_codes, row.tail) == (tuple("123456"), ("1.0", "2.0", "3.0"), ("",))


def test_line_ends_blank_lines_and_line_numbers() -> None:
    body = f"1\t{TIME}\t0\r\n\r\n \t \n2\t{TIME}\t0\t\r\n\0\n3\t{TIME}\t0".encode()
    batch = parse_attlog(body)
    assert [(row.line, row.pin, row.state) for row in batch.rows] == [(1, "1", 0), (4, "2", 0), (6, "3", 0)]
    assert batch.errors == []
    assert batch.rows[1].raw == f"2\t{TIME}\t0\t".encode()
    assert count_rows(body) == 3


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("982 2008-02-25 12:08:21 1 0 9001", ("982", "2008-02-25 12:08:21", 1, 0, "9001")),
        ("  982   2008-02-25 12:08:21", ("982", "2008-02-25 12:08:21", None, None, "")),
        ("982 2008-02-25 12:08:21\t1\t0\t9001", ("982", "2008-02-25 12:08:21", 1, 0, "9001")),
        ("Ann Lee 2008-02-25T12:08:21 1", ("Ann Lee", "2008-02-25T12:08:21", 1, None, "")),
    ],
)
def test_blanks_where_tabs_are_meant(line: str, columns: tuple[object, ...]) -> None:
    row = row_of(line)
    assert (row.pin, row.time_text, row.state, row.verify, row.work_code) == columns


@pytest.mark.parametrize(
    "time_text",
    ["1772355600", "1971--10--29 -23:-27:-54", "2026-03-01T09:00:00", "yesterday", "", "2099-12-31 23:59:59"],
)
def test_times_are_not_judged(time_text: str) -> None:
    row = row_of(f"982\t {time_text} \t1\t0")
    assert (row.pin, row.time_text, row.state) == ("982", time_text, 1)


@pytest.mark.parametrize("pin", ["wctpl070", "00017", "Ab", "O'Neil", "1 2", "0"])
def test_pins_are_text(pin: str) -> None:
    assert row_of(f" {pin} \t{TIME}\t0\t1").pin == pin


@pytest.mark.parametrize(
    ("text", "number", "unread"),
    [
        ("0", 0, ()),
        ("255", 255, ()),
        (" 7 ", 7, ()),
        ("007", 7, ()),
        ("-1", -1, ()),
        ("128150", 128150, ()),
        ("", None, ()),
        ("in", None, ("in",)),
        ("1.5", None, ("1.5",)),
        ("1_0", None, ("1_0",)),
        ("\u0663", None, ("\u0663",)),
        ("9" * 10, None, ("9" * 10,)),
    ],
)
def test_state_and_verify_are_integers_or_kept_as_text(text: str, number: int | None, unread: tuple[str, ...]) -> None:
    row = row_of(f"982\t{TIME}\t{text}\t{text}")
    assert (row.state, row.verify) == (number, number)
    assert row.unread == tuple((column, kept) for kept in unread for column in ("state", "verify"))


def test_charsets_are_told_line_by_line() -> None:
    lines = [f"1\t{TIME}\t0\t1\té".encode(), f"2\t{TIME}\t0\t1\t张".encode("gb18030"), b"3\t\xff\t0\t1\t\xff"]
    batch = parse_attlog(b"\n".join(lines))
    assert [(row.work_code, row.charset) for row in batch.rows] == [("é", "utf-8"), ("张", "gb18030"), ("ÿ", "latin-1")]
    assert [row.raw for row in batch.rows] == lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", RowReason.NOT_A_ROW),
        (b"<html>", RowReason.NOT_A_ROW),
        (b"\t2026-03-01 09:00:00\t0", RowReason.PIN_MISSING),
        (b"2026-03-01 09:00:00 0 1", RowReason.PIN_MISSING),
        (b"9" * 65 + b"\t2026-03-01 09:00:00", RowReason.PIN_TOO_LONG),
        ("é".encode() * 33 + b"\t2026-03-01 09:00:00", RowReason.PIN_TOO_LONG),
        (b"9" * 5000 + b"\t2026-03-01 09:00:00\t0", RowReason.PIN_TOO_LONG),
    ],
)
def test_a_bad_line_stands_beside_good_ones(line: bytes, reason: RowReason) -> None:
    good = f"1\t{TIME}\t0\t1".encode()
    batch = parse_attlog(b"\n".join((good, line, good)))
    assert [row.line for row in batch.rows] == [1, 3]
    (error,) = batch.errors
    assert (error.line, error.reason, error.raw) == (2, reason, line)


def test_a_pin_of_64_bytes_is_kept() -> None:
    assert row_of(f"{'é' * 32}\t{TIME}").pin == "é" * 32


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"LZO1\x10\0\0\0\t1\n", RowReason.COMPRESSED_LZO),
        (b"\x1f\x8b\x08\0abc\n", RowReason.COMPRESSED_GZIP),
        (b"CHECK LOG: stamp=1\n1\t2026-03-01 09:00:00\n", RowReason.PUSH_1_0_CHECK_LOG),
        (b"\r\n check log:stamp=1\n", RowReason.PUSH_1_0_CHECK_LOG),
    ],
)
def test_bodies_that_hold_no_rows_are_one_error(body: bytes, reason: RowReason) -> None:
    error = error_of(body)
    assert (error.line, error.reason, error.raw) == (0, reason, body)


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n\r\n", b" \t\n\0"])
def test_an_empty_body_has_no_rows(body: bytes) -> None:
    assert parse_attlog(body) == ([], [])
    assert count_rows(body) == 0


# Row-like bytes come far more often from these than from random ones.
LINES = st.lists(
    st.sampled_from(
        [b"982", b"2026-03-01 09:00:00", b"\t", b"\t", b"\n", b" ", b"\r", b"\0", b"1", b"\xff", "张".encode()]
    ),
    max_size=40,
).map(b"".join)


@given(st.one_of(st.binary(max_size=300), LINES))
def test_every_line_is_a_row_or_an_error_whatever_the_bytes(body: bytes) -> None:
    batch = parse_attlog(body)
    lines = body.split(b"\n")
    if any(error.line == 0 for error in batch.errors):
        assert batch == ([], [batch.errors[0]])
        return
    assert len(batch.rows) + len(batch.errors) == count_rows(body)
    found = [(row.line, row.raw) for row in batch.rows] + [(error.line, error.raw) for error in batch.errors]
    for line, raw in found:
        assert lines[line - 1].rstrip(b"\r") == raw
    for row in batch.rows:
        assert row.pin
        assert row.pin == row.pin.strip()


WORD = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\n\r"), max_size=8)
PIN = st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True)
CODE = st.one_of(st.none(), st.integers(0, 255))


def plain(row: AttlogRow) -> bytes:
    """The line that a terminal would send for a row."""
    numbers = ["" if number is None else str(number) for number in (row.state, row.verify)]
    tails = [*row.reserved, *row.job_codes, *row.tip_codes, *row.tail]
    return "\t".join([row.pin, row.time_text, *numbers, row.work_code, *tails]).encode()


@given(
    st.lists(
        st.builds(
            lambda pin, state, verify, work, reserved, codes, tail: (pin, state, verify, work, reserved, codes, tail),
            PIN,
            CODE,
            CODE,
            WORD.map(str.strip),
            st.tuples(WORD, WORD),
            st.one_of(st.none(), st.tuples(st.lists(WORD, min_size=6, max_size=6), st.lists(WORD, max_size=3))),
            st.lists(WORD, max_size=5),
        ),
        max_size=5,
    ),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)
def test_parsing_what_was_written_gives_it_back(
    parts: list[
        tuple[str, int | None, int | None, str, tuple[str, str], tuple[list[str], list[str]] | None, list[str]]
    ],
    end: bytes,
    final: bool,
) -> None:
    rows = []
    for line, (pin, state, verify, work, reserved, codes, tail) in enumerate(parts, 1):
        jobs, tips = (tuple(codes[0]), tuple(codes[1])) if codes else ((), ())
        rest = () if codes else tuple(tail)
        row = AttlogRow(line, pin, TIME, state, verify, work, reserved, jobs, tips, rest, (), "utf-8", b"")
        rows.append(row._replace(raw=plain(row)))
    body = end.join(row.raw for row in rows) + (end if final else b"")
    assert parse_attlog(body) == (rows, [])


@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\n\r"), max_size=5), max_size=6)
)
def test_more_columns_change_only_the_tail(extra: list[str]) -> None:
    base = row_of(f"982\t{TIME}\t1\t0\t9001\t0\t0\tx")
    more = row_of("\t".join([f"982\t{TIME}\t1\t0\t9001\t0\t0\tx", *extra[:4]]))
    assert more._replace(tail=base.tail, raw=base.raw) == base
    assert more.tail == ("x", *extra[:4])


def test_bad_lines_beyond_a_thousand_are_kept_together_with_all_their_bytes() -> None:
    lines = [b"bad%d" % number for number in range(5000)]
    lines.insert(4000, b"1\t2026-03-01 09:00:00\t0\t1")
    batch = parse_attlog(b"\n".join(lines))
    assert [row.pin for row in batch.rows] == ["1"]
    assert len(batch.errors) == 1001
    assert batch.errors[-1].line == 1001
    assert b"\n".join(error.raw for error in batch.errors).split(b"\n") == [
        line for line in lines if line[:3] == b"bad"
    ]
