"""The example requests of spec/zk-push.md 4 (C numbers) that concern targets, handshake, time and ATTLOG.

Each runs as the edge runs it: raw bytes through the repair, aiohttp's parser, the target, the table's parser.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from processors.local_time import FUTURE_PUNCH, Clock, resolve_batch
from tests.unit.wire.test_request_bytes import parse
from wire.zkpush.attlog import AttlogBatch, AttlogRow, count_rows, parse_attlog
from wire.zkpush.handshake import DeviceOptions, build_options, build_time_reply, ok_count
from wire.zkpush.info import DeviceInfo, parse_info
from wire.zkpush.request_bytes import RequestNormalizer
from wire.zkpush.target import Target, parse_target, redact_query, serial_of, table_of


class Seen(NamedTuple):
    target: Target
    serial: str | None
    table: str | None
    body: bytes


def send(method: str, target: str, body: bytes | None = None, version: str = "1.1", headers: str = "") -> Seen:
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    raw = f"{method} {target} HTTP/{version}\r\nHost: edge\r\n{headers}{length}\r\n".encode() + (body or b"")
    (request,) = parse(RequestNormalizer().feed(raw))
    assert request.complete
    seen = parse_target(request.path)
    return Seen(seen, serial_of(seen.params), table_of(seen.params), request.body)


def attlog(query: str, body: bytes) -> tuple[AttlogBatch, bytes]:
    seen = send("POST", f"/iclock/cdata{query}", body)
    assert (seen.target.name, seen.table) == ("cdata", "ATTLOG")
    return parse_attlog(seen.body), ok_count(count_rows(seen.body))


def brief(row: AttlogRow) -> tuple[str, str, int | None, int | None, str]:
    return row.pin, row.time_text, row.state, row.verify, row.work_code


def check_options(reply: bytes, serial: str) -> set[str]:
    assert reply.startswith(f"GET OPTION FROM: {serial}\n".encode())
    assert reply.endswith(b"\n")
    lines = reply.decode().splitlines()[1:]
    assert all(line.count("=") == 1 for line in lines)
    return {line.partition("=")[0] for line in lines}


def test_c01_handshake() -> None:
    seen = send("GET", "/iclock/cdata?SN=12300001&options=all&pushver=2.0.3&language=69", version="1.0")
    assert (seen.target.name, seen.serial, seen.table) == ("cdata", "12300001", None)
    assert seen.target.params == {"sn": "12300001", "options": "all", "pushver": "2.0.3", "language": "69"}
    assert {"ErrorDelay", "Delay", "TransFlag", "ServerVer"} <= check_options(
        build_options("12300001", DeviceOptions(utc_offset_s=-18000)), "12300001"
    )


def test_c02_device_type_with_a_blank() -> None:
    seen = send(
        "GET",
        "/iclock/cdata?SN=TST0000000002&options=all&language=69&pushver=2.4.1&DeviceType=middle%20east&PushOptionsFlag=1",
    )
    assert (seen.serial, seen.target.params["devicetype"]) == ("TST0000000002", "middle east")


def test_c03_aspx() -> None:
    seen = send("GET", "/iclock/cdata.aspx?SN=TST0000000003&options=all&pushver=2.4.1&DeviceType=att")
    assert (seen.target.name, seen.serial) == ("cdata", "TST0000000003")


def test_c04_old_agent_gets_integers_and_its_stamps() -> None:
    seen = send("GET", "/iclock/cdata?SN=0080118100001&options=ALL")
    assert (seen.serial, seen.target.params["options"]) == ("0080118100001", "ALL")
    reply = build_options("0080118100001", DeviceOptions(0, stamps={"ATTLOG": "82983982", "OPERLOG": "9"}))
    names = check_options(reply, "0080118100001")
    assert {"Delay", "TransInterval", "Realtime", "Stamp", "OpStamp"} <= names
    assert b"\nDelay=30\n" in reply
    assert b"\nTransInterval=0\n" in reply


def test_c07_access_dialect_is_told_by_its_device_type() -> None:
    seen = send("GET", "/iclock/cdata?SN=ACC0000000007&options=all&pushver=3.1.2&DeviceType=acc")
    assert (seen.serial, seen.target.params["devicetype"]) == ("ACC0000000007", "acc")


def test_c08_time_query() -> None:
    seen = send("GET", "/iclock/cdata?SN=12300001&ComKey=88888888&type=time", version="1.0")
    assert (seen.target.params["type"], seen.target.params["comkey"]) == ("time", "88888888")
    assert redact_query(seen.target.raw_query) == ("SN=12300001&ComKey=&type=time", True)
    now = datetime(2026, 3, 1, 14, tzinfo=UTC)
    assert build_time_reply(now, -5 * 3600).strip() == b"Time=2026-03-01T09:00:00-05:00"


def test_c11_raw_blank_before_the_table() -> None:
    batch, reply = attlog(
        "?SN=12300001&table= ATTLOG&Stamp=2008-02-25T12:08:21",
        b"982\t2008-02-25 12:08:21\t1\t0\t9001\t\t\n982\t2008-02-25 18:01:09\t1\t0\t9001\t\t\n",
    )
    assert [brief(row) for row in batch.rows] == [
        ("982", "2008-02-25 12:08:21", 1, 0, "9001"),
        ("982", "2008-02-25 18:01:09", 1, 0, "9001"),
    ]
    assert (batch.errors, reply) == ([], b"OK: 2\n")


@pytest.mark.parametrize("tips", [("1.0", "2.0", "3.0"), ()], ids=["c12", "c13"])
def test_c12_c13_job_and_tip_codes(tips: tuple[str, ...]) -> None:
    columns = ["982\t2016-02-25 12:08:21\t1\t0\t9001\t0\t0\t1\t2\t3\t4\t5\t6", *tips]
    batch, _ = attlog("?SN=12300001&table=ATTLOG&Stamp=2016-02-25T12:08:21", "\t".join(columns).encode() + b"\n")
    (row,) = batch.rows
    assert (row.job_codes, row.tip_codes, row.tail) == (tuple("123456"), tips, ())


def test_c14_leading_zeros_state_255_and_extra_columns() -> None:
    batch, reply = attlog(
        "?SN=TST0000000014&table=ATTLOG&Stamp=9999",
        b"00017\t2026-03-01 08:59:58\t0\t15\t0\t0\t0\t0\t0\t0\r\n00018\t2026-03-01 09:00:02\t255\t1\t\t0\t0",
    )
    first, second = batch.rows
    assert (first.pin, first.tail) == ("00017", ("0", "0", "0"))
    assert (second.pin, second.state, second.work_code) == ("00018", 255, "")
    assert reply == b"OK: 2\n"


def test_c16_pin_of_letters_and_a_trailing_tab() -> None:
    batch, _ = attlog("?SN=TST0000000016&table=ATTLOG&Stamp=9999", b"wctpl070\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t\n")
    assert [brief(row) for row in batch.rows] == [("wctpl070", "2026-03-01 09:00:00", 0, 1, "0")]


@pytest.mark.parametrize("tail", [("0", "36.6"), ("110101199001011234", "1")])
def test_c17_the_tail_is_a_list_of_text(tail: tuple[str, ...]) -> None:
    body = "\t".join(["1\t2026-03-01 09:00:00\t0\t1\t0\t0\t0", *tail]).encode() + b"\n"
    batch, _ = attlog("?SN=TST0000000017&table=ATTLOG&Stamp=9999", body)
    assert [row.tail for row in batch.rows] == [tail]


def test_c19_five_columns_twice_are_alike() -> None:
    body = b"6\t2026-03-01 09:00:00\t0\t1\t0\n"
    first, second = (attlog("?SN=TST0000000019&table=ATTLOG", body) for _ in range(2))
    assert first == second
    assert first[1] == b"OK: 1\n"


def test_c21_empty_upload() -> None:
    batch, reply = attlog("?SN=TST0000000021&table=ATTLOG&Stamp=0", b"")
    assert (batch, reply) == (([], []), b"OK: 0\n")
    as_get = send("GET", "/iclock/cdata?SN=TST0000000021&table=ATTLOG&Stamp=0", version="1.0")
    assert as_get.table == "ATTLOG"
    assert "options" not in as_get.target.params


def test_c23_future_time_is_a_row_with_a_flag() -> None:
    batch, _ = attlog("?SN=TST0000000023&table=ATTLOG", b"7\t2031-01-01 00:00:00\t0\t1\t0\n")
    received_ms = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
    (instant,) = resolve_batch([row.time_text for row in batch.rows], Clock("Europe/Berlin"), received_ms)
    assert instant is not None
    assert instant.flags == (FUTURE_PUNCH,)


def test_c26_expect_100_continue() -> None:
    body = b"00017\t2026-03-01 08:59:58\t0\t15\t0\n"
    seen = send("POST", "/iclock/cdata?SN=TST0000000014&table=ATTLOG", body, headers="Expect: 100-continue\r\n")
    assert seen.body == body


def test_c28_a_short_body_stays_incomplete() -> None:
    normalizer = RequestNormalizer()
    head = b"POST /iclock/cdata?SN=1&table=ATTLOG HTTP/1.0\r\nContent-Length: 60\r\n\r\n"
    (request,) = parse(normalizer.feed(head + b"6\t2026-03-01 09:00:00\t0\t1\t0"))
    assert not request.complete


def test_c49_info_with_raw_blanks() -> None:
    info = " Ver%206.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101"
    seen = send("GET", f"/iclock/getrequest?SN=12300001&INFO={info}", version="1.0")
    assert (seen.target.name, seen.serial) == ("getrequest", "12300001")
    assert parse_info(seen.target.params["info"]) == DeviceInfo(
        "Ver 6.8.0(build640)", 2, 0, 0, "192.168.1.201", 10, -1, None, -12, "101"
    )


@pytest.mark.parametrize(
    ("info", "parsed"),
    [
        (
            "ZAM170-NF-Ver1.1.27,3,0,12,192.168.1.9,10,58,2,3,11110",
            DeviceInfo("ZAM170-NF-Ver1.1.27", 3, 0, 12, "192.168.1.9", 10, 58, 2, 3, "11110"),
        ),
        (
            "Ver+3.60+Feb+20+2010%2C1000%2C2000%2C0%2C192.168.1.119",
            DeviceInfo("Ver 3.60 Feb 20 2010", 1000, 2000, 0, "192.168.1.119"),
        ),
    ],
    ids=["c49b", "c49c"],
)
def test_c49b_c49c_info(info: str, parsed: DeviceInfo) -> None:
    seen = send("GET", f"/iclock/getrequest?SN=TST0000000049&INFO={info}")
    assert parse_info(seen.target.params["info"]) == parsed


@pytest.mark.parametrize(
    ("method", "target", "name", "table"),
    [
        ("POST", "/iclock/cdata?SN=TST0000000048&table=options", "cdata", "OPTIONS"),
        ("POST", "/iclock/registry?SN=ACC0000000007", "registry", None),
        ("POST", "/iclock/devicecmd?SN=12300001", "devicecmd", None),
        ("POST", "/iclock/push?SN=ACC0000000007", "push", None),
        ("GET", "/iclock/ping?SN=ACC0000000007", "ping", None),
        ("POST", "/iclock/cdata?SN=ACC0000000007&table=rtlog", "cdata", "RTLOG"),
        ("GET", "/iclock/cdata?SN=123456789&table=SELFSERVICEDATA&PIN=1999&ServiceNum=0", "cdata", "SELFSERVICEDATA"),
        ("GET", "/iclock/cdata?SN=123456789&type=LastPunch&PIN=982", "cdata", None),
    ],
    ids=["c48", "c50", "c51", "c58", "c58b", "c59", "c64", "c65"],
)
def test_targets_of_the_other_endpoints(method: str, target: str, name: str, table: str | None) -> None:
    seen = send(method, target, b"x" if method == "POST" else None)
    assert (seen.target.name, seen.table) == (name, table)
    assert seen.serial is not None
