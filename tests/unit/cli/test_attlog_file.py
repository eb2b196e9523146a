"""attlog.dat to bodies: the lines of the file, cut at line ends, read as a push would be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.attlog_file import MAX_BODY_BYTES, bodies_of, count
from cli.errors import NotAttlog
from wire.zkpush.attlog import parse_attlog

ROW = b"        7\t2026-11-20 08:00:00\t0\t1\t0\t0\n"


def test_blank_padded_pins_and_more_columns_are_read_as_of_a_push() -> None:
    bodies = bodies_of(ROW + b"12\t2026-11-19 08:00:00\t1\t4\r\nrubbish\n\n")
    counted = count(bodies)
    assert (counted.rows, counted.people, counted.unread) == (2, 2, 1)
    assert (counted.first, counted.last) == ("2026-11-19 08:00:00", "2026-11-20 08:00:00")
    assert [(row.pin, row.state, row.verify) for row in counted.sample] == [("7", 0, 1), ("12", 1, 4)]


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\0" not in line), max_size=20))
def test_bodies_together_are_the_file(lines: list[bytes]) -> None:
    content = ROW + b"\n".join(lines)
    assert b"".join(bodies_of(content)) == (content if content.endswith(b"\n") else content + b"\n")


def test_bodies_are_cut_at_line_ends_and_no_row_is_lost() -> None:
    content = b"".join(b"%d\t2026-11-20 08:00:00\t0\t1\n" % number for number in range(70_000))
    bodies = bodies_of(content)
    assert len(bodies) == 4
    assert all(len(body) <= MAX_BODY_BYTES and body.endswith(b"\n") for body in bodies)
    assert b"".join(bodies) == content
    assert count(bodies).rows == 70_000
    long = b"x" * (MAX_BODY_BYTES + 5) + b"\n"
    assert bodies_of(long + ROW) == [long, ROW]


def test_columns_that_stand_elsewhere_are_put_where_a_push_has_them() -> None:
    content = b"  7\t2026-11-20 08:00:00\t101\t1\t4\t9\r\nrubbish\n"
    (body,) = bodies_of(content, ("pin", "time", "-", "state", "verify", "work_code"))
    (row,) = parse_attlog(body).rows
    assert (row.pin, row.time_text, row.state, row.verify, row.work_code) == ("7", "2026-11-20 08:00:00", 1, 4, "9")
    assert body.endswith(b"\nrubbish\n")


@pytest.mark.parametrize("columns", [("pin",), ("pin", "time", "pin"), ("pin", "time", "colour"), ("-", "-")])
def test_columns_that_make_no_sense(columns: tuple[str, ...]) -> None:
    with pytest.raises(NotAttlog):
        bodies_of(ROW, columns)


@pytest.mark.parametrize(("content", "words"), [(b"", "empty"), (b"\0\1\2" * 50, "binary"), (b" \n", "empty")])
def test_what_is_no_attlog(content: bytes, words: str) -> None:
    with pytest.raises(NotAttlog, match=words):
        bodies_of(content)
    with pytest.raises(NotAttlog, match="none of its lines"):
        count([b"hello\n"])
