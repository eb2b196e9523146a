"""Requests byte by byte, and what a terminal reads in replies."""

import pytest

from simulate.fleet.commands import MAX_COMMANDS, Command, read_commands
from simulate.fleet.dialect import Dialect, Variant
from simulate.fleet.punches import Punch
from simulate.fleet.requests import Options, Requests, read_options

HEAD = b"User-Agent: iClock Proxy/1.09\r\nConnection: close\r\nAccept: */*\r\n"
PUNCHES = [Punch("17", "", "17\t2026-11-21 09:00:00\t0\t1\t0"), Punch("18", "", "18\t2026-11-21 09:00:02\t1\t1\t0")]


def requests(variant: Variant = "standard", **more: object) -> Requests:
    shape: dict[str, object] = {"columns": 5, "end": "\n", "last_end": True, "stamp": "time", **more}
    return Requests("SIM00000001", Dialect(variant, **shape), "edge:8080")  # type: ignore[arg-type] # short for tests


def test_a_standard_terminal_byte_by_byte() -> None:
    standard = requests()
    assert standard.handshake() == (
        b"GET /iclock/cdata?SN=SIM00000001&options=all&pushver=2.4.1&language=69 HTTP/1.0\r\nHost: edge:8080\r\n"
        + HEAD
        + b"\r\n"
    )
    assert standard.poll() == (
        b"GET /iclock/getrequest?SN=SIM00000001 HTTP/1.0\r\nHost: edge:8080\r\n" + HEAD + b"\r\n"
    )
    assert standard.upload("2026-11-21T08:59:58", PUNCHES) == (
        b"POST /iclock/cdata?SN=SIM00000001&table=ATTLOG&Stamp=2026-11-21T08:59:58 HTTP/1.0\r\nHost: edge:8080\r\n"
        + HEAD
        + b"Content-Length: 58\r\n\r\n17\t2026-11-21 09:00:00\t0\t1\t0\n18\t2026-11-21 09:00:02\t1\t1\t0\n"
    )
    assert standard.answer(b"ID=7&Return=0&CMD=INFO\n") == (
        b"POST /iclock/devicecmd?SN=SIM00000001 HTTP/1.0\r\nHost: edge:8080\r\n"
        + HEAD
        + b"Content-Length: 23\r\n\r\nID=7&Return=0&CMD=INFO\n"
    )
    assert b"&INFO=Ver%206.8.0(build640),2,0,12,192.168.1.201,10,-1,-12,101 HTTP" in standard.poll_with_info(2, 12)


@pytest.mark.parametrize(
    ("variant", "upload_starts"),
    [
        ("keep-alive", b"POST /iclock/cdata?SN=SIM00000001&table=ATTLOG&Stamp=0 HTTP/1.1\r\nHost: edge:8080\r\n"),
        ("hostless", b"POST /iclock/cdata?SN=SIM00000001&table=ATTLOG&Stamp=0 HTTP/1.1\r\nUser-Agent: "),
        ("aspx", b"POST /iclock/cdata.aspx?SN=SIM00000001&table=ATTLOG&Stamp=0 HTTP/1.0\r\nHost: edge:8080\r\n"),
        ("upper", b"POST /ICLOCK/CDATA?SN=SIM00000001&table=ATTLOG&Stamp=0 HTTP/1.0\r\nHost: edge:8080\r\n"),
        ("spaced", b"POST /iclock/cdata?SN=SIM00000001&table= ATTLOG&Stamp=0 HTTP/1.0\r\nHost: edge:8080\r\n"),
    ],
)
def test_odd_dialects(variant: Variant, upload_starts: bytes) -> None:
    odd = requests(variant)
    assert odd.upload("0", PUNCHES).startswith(upload_starts)
    assert (b"Connection: keep-alive" in odd.poll()) == (variant == "keep-alive")
    assert (b"&INFO= Ver%206.8.0(build640), 2, 0, 12, 192" in odd.poll_with_info(2, 12)) == (variant == "spaced")


def test_row_ends() -> None:
    assert requests(end="\r\n").upload("0", PUNCHES).endswith(b"\t0\r\n18\t2026-11-21 09:00:02\t1\t1\t0\r\n")
    assert requests(last_end=False).upload("0", PUNCHES).endswith(b"\t0\n18\t2026-11-21 09:00:02\t1\t1\t0")


def test_options_are_read_as_the_firmware_reads_them() -> None:
    body = (
        b"GET OPTION FROM: X\nErrorDelay=60\r\nDelay=10\nRealtime=0\nTransInterval=2\nTimeout=20\n"
        b"ATTLOGStamp=2026-11-21T08:00:00\nTimeZone=+05:30\nTransFlag=1111\nDelay"
    )
    assert read_options(body, Options()) == Options(
        *(60, 10, False, 2, 20, "2026-11-21T08:00:00"),
        stamps={"ATTLOG": "2026-11-21T08:00:00"},
        time_zone="+05:30",
        trans_flag="1111",
    )


def test_what_options_leave_out_or_garble_stays() -> None:
    before = Options(60, 10, True, 2, 20, "9999")
    body = b"GET OPTION FROM: X\nErrorDelay=0\nDelay=ten\nTimeout=99999999999999999999\nTransInterval=5"
    assert read_options(body, before) == before


@pytest.mark.parametrize("body", [b"", b"OK\n", b"OK", b"UNKNOWN DEVICE\n", b"GET OPTION FROM: X", b"\xff\xfe\n"])
def test_other_replies_are_no_handshake(body: bytes) -> None:
    assert read_options(body, Options()) is None


def test_commands_are_read_and_bounded() -> None:
    assert read_commands(b"OK") == []
    assert read_commands(b"C:7:INFO\r\nC:a8:DATA UPDATE USERINFO PIN=1\tName=C:1:X\nC::X\nC:9: \nREBOOT\n") == [
        Command("7", "INFO"),
        Command("a8", "DATA UPDATE USERINFO PIN=1\tName=C:1:X"),
    ]
    assert len(read_commands(b"C:1:X\n" * 500)) == MAX_COMMANDS
