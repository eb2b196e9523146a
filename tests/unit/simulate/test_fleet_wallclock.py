"""A terminal's own clock."""

import pytest

from simulate.fleet.identity import identity
from simulate.fleet.rtdata import read_rtdata
from simulate.fleet.wallclock import WallClock, read_zone

NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "integer", "colon"),
    [
        ("1", 3600, 3600),
        ("-5", -5 * 3600, -5 * 3600),
        ("330", 330 * 60, None),
        ("-210", -210 * 60, None),
        ("+05:30", 5 * 3600, 5 * 3600 + 1800),
        ("-05:00", -5 * 3600, -5 * 3600),
        ("-00:30", 0, -1800),
        ("24", 24 * 3600, None),
        ("25", 25 * 60, None),
        ("None", None, None),
        ("", None, None),
    ],
)
def test_firmware_reads_zones_in_two_ways(text: str, integer: int | None, colon: int | None) -> None:
    assert (read_zone(text, "integer"), read_zone(text, "hh:mm")) == (integer, colon)


def test_a_right_clock_is_never_set() -> None:
    clock = WallClock(identity(3), "integer", None)  # Pune, +05:30
    clock.set_zone("0")
    assert not clock.set_by_date(HEAD, NOON)
    assert clock.set_by_time(b"Time=2001-01-01T00:00:00+00:00\n", NOON)
    assert (clock.local_second(NOON), clock.skew(NOON)) == (int(NOON) + 19_800, 0)


def test_the_date_sets_a_clock_that_is_more_than_ten_seconds_off() -> None:
    clock = WallClock(identity(3), "integer", 3600.0)
    assert clock.skew(NOON) == 3600
    assert not clock.set_by_date(HEAD, NOON), "no zone yet"
    clock.set_zone("330")
    assert clock.set_by_date(HEAD, NOON)
    assert clock.skew(NOON) == 0
    assert not clock.set_by_date(HEAD, NOON + 9)
    assert clock.set_by_date(HEAD, NOON + 11)
    assert clock.skew(NOON + 11) == -11


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace(b"text/plain", b"text/html"),
        HEAD.replace(b"Date:", b"date:"),
        HEAD.replace(b"Sat, 21 Nov 2026 12:00:00 GMT", b"now"),
    ],
)
def test_headers_that_firmware_does_not_read_set_nothing(head: bytes) -> None:
    clock = WallClock(identity(3), "hh:mm", 100.0)
    clock.set_zone("+05:30")
    assert not clock.set_by_date(head, NOON)
    assert clock.skew(NOON) == 100


def test_a_zone_read_wrongly_shows_as_whole_or_half_hours() -> None:
    clock = WallClock(identity(3), "integer", 0.0)
    clock.set_zone("+05:30")
    clock.set_by_date(HEAD, NOON)
    assert clock.skew(NOON) == -1800


def test_the_answer_to_type_time() -> None:
    clock = WallClock(identity(3), "integer", 777.0)
    assert clock.set_by_time(b"Time=2026-11-21T17:30:00+05:30\n", NOON)
    assert clock.skew(NOON) == 0
    for bad in (b"OK", b"Time=2026-13-21T17:30:00+05:30", b"Time=soon"):
        assert not clock.set_by_time(bad, NOON)


def test_rtdata() -> None:
    coded = ((26 * 12 + 10) * 31 + 20) * 86_400 + 43_200
    assert read_rtdata(f"DateTime={coded},ServerTZ=+0530".encode()) == b"Time=2026-11-21T17:30:00+05:30"
    assert read_rtdata(b"Time=2026-11-21T17:30:00+05:30") == b"Time=2026-11-21T17:30:00+05:30"
    assert read_rtdata(b"OK") is None
