"""Requests as devices send them (spec/zk-push.md 4, by number): what is answered, what Kafka holds afterwards."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import NamedTuple

from deploy.local.stack import LocalStack
from tests.integration.ingest.running import RunningEdge, body_of, edge_settings, running_edge, status_of

H10, H11 = "HTTP/1.0\r\nHost: e\r\n", "HTTP/1.1\r\nHost: e\r\nConnection: close\r\n"
OPTIONS = (
    rb"GET OPTION FROM: {sn}\nErrorDelay=\d+\nDelay=\d+\nTransTimes=0\nTransInterval=0\nTransFlag=[^=\n]+\nRealtime=1\n"
    rb"Encrypt=0\nTimeZone=-?\d+\nTimeout=\d+\nSyncTime=\d+\nServerVer=[\d.]+\n"
)


class Case(NamedTuple):
    """`answer` is a pattern; `topic` is where the body is found, "" for nowhere."""

    number: str
    method: str
    target: str
    version: str
    body: bytes
    answer: bytes
    topic: str = ""


def options(serial: str) -> bytes:
    return OPTIONS.replace(b"{sn}", serial.encode())


def attlog(number: str, target: str, body: bytes, rows: int, version: str = H11) -> Case:
    return Case(number, "POST", f"/iclock/cdata{target}", version, body, b"OK: %d\n" % rows, "raw.attendance")


WIDE = b"982\t2016-02-25 12:08:21\t1\t0\t9001\t0\t0\t1\t2\t3\t4\t5\t6\t1.0\t2.0\t3.0\n"
CASES = [
    Case("C01", "GET", "/iclock/cdata?SN=12300001&options=all&pushver=2.0.3&language=69", H10, b"",
         options("12300001")),
    Case("C02", "GET", "/iclock/cdata?SN=TST0000000002&options=all&language=69&pushver=2.4.1&DeviceType=middle%20east"
         "&PushOptionsFlag=1", H11, b"", options("TST0000000002")),
    Case("C03", "GET", "/iclock/cdata.aspx?SN=TST0000000003&options=all&pushver=2.4.1&DeviceType=att", H11, b"",
         options("TST0000000003")),
    Case("C04", "GET", "/iclock/cdata?SN=0080118100001&options=ALL", H11, b"", options("0080118100001")),
    Case("C07", "GET", "/iclock/cdata?SN=ACC0000000007&options=all&pushver=3.1.2&DeviceType=acc", H11, b"", b"OK"),
    Case("C08", "GET", "/iclock/cdata?SN=12300001&ComKey=88888888&type=time", H10, b"",
         rb"Time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\n"),
    attlog("C11", "?SN=12300001&table= ATTLOG&Stamp=2008-02-25T12:08:21",
           b"982\t2008-02-25 12:08:21\t1\t0\t9001\t\t\n982\t2008-02-25 18:01:09\t1\t0\t9001\t\t\n", 2),
    attlog("C12", "?SN=12300001&table=ATTLOG&Stamp=2016-02-25T12:08:21", WIDE, 1),
    attlog("C13", "?SN=12300001&table=ATTLOG&Stamp=2016-02-25T12:08:21", b"\t".join(WIDE.split(b"\t")[:13]) + b"\n", 1),
    attlog("C14", "?SN=TST0000000014&table=ATTLOG&Stamp=9999",
           b"00017\t2026-03-01 08:59:58\t0\t15\t0\t0\t0\t0\t0\t0\r\n00018\t2026-03-01 09:00:02\t255\t1\t\t0\t0", 2),
    attlog("C16", "?SN=TST0000000016&table=ATTLOG&Stamp=9999", b"wctpl070\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t\n", 1),
    attlog("C17a", "?SN=TST0000000017&table=ATTLOG&Stamp=9999", b"1\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t0\t36.6\n", 1),
    attlog("C17b", "?SN=TST0000000018&table=ATTLOG&Stamp=9999",
           b"1\t2026-03-01 09:00:00\t0\t1\t0\t0\t0\t0\t110101199001011234\t1\n", 1),
    attlog("C19a", "?SN=TST0000000019&table=ATTLOG&Stamp=9999", b"6\t2026-03-01 09:00:00\t0\t1\t0\n", 1),
    attlog("C19b", "?SN=TST0000000019&table=ATTLOG&Stamp=9999", b"6\t2026-03-01 09:00:00\t0\t1\t0\n", 1),
    Case("C21a", "POST", "/iclock/cdata?SN=TST0000000021&table=ATTLOG&Stamp=0", H11, b"", b"OK: 0\n"),
    Case("C21b", "GET", "/iclock/cdata?SN=TST0000000021&table=ATTLOG&Stamp=0", H11, b"", b"OK: 0\n"),
    attlog("C23", "?SN=TST0000000023&table=ATTLOG&Stamp=9999", b"7\t2031-01-01 00:00:00\t0\t1\t0\n", 1),
    Case("C31", "POST", "/iclock/cdata?SN=12300001&table=OPERLOG&Stamp=2008-02-25T12:08:21", H11,
         b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=\n", b"OK: 1\n", "raw.operations"),
    Case("C44", "POST", "/iclock/cdata?SN=12300001&table=ATTPHOTO&Stamp=2026-03-01T09:00:00", H11,
         b"PIN=20260301090000-982\nSN=12300001\nsize=8\nCMD=realupload\x00\xff\xd8\xff\xe0\x00\n\xff\xd9", b"OK: 1\n",
         "raw.photos"),
    Case("C48", "POST", "/iclock/cdata?SN=TST0000000048&table=options", H11,
         b"~DeviceName=SF-V5L,~OEMVendor=ZKTeco Co., Ltd.,MAC=00:17:61:00:00:01,WorkCode=,FaceFunOn=1", b"OK",
         "raw.device"),
    Case("C49", "GET", "/iclock/getrequest?SN=12300001&INFO= Ver%206.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, "
         "-12, 101", H10, b"", b"OK"),
    Case("C49b", "GET", "/iclock/getrequest?SN=TST0000000049&INFO=ZAM170-NF-Ver1.1.27,3,0,12,192.168.1.9,10,58,2,3,"
         "11110", H11, b"", b"OK"),
    Case("C49c", "GET", "/iclock/getrequest?SN=TST0000000049&INFO=Ver+3.60+Feb+20+2010%2C1000%2C2000%2C0%2C"
         "192.168.1.119", H10, b"", b"OK"),
    Case("C50", "POST", "/iclock/registry?SN=ACC0000000007", H11,
         b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1", b"OK", "raw.device"),
    Case("C51a", "POST", "/iclock/devicecmd?SN=12300001", H11, b"ID=1&SN=12300001&Return=0&CMD=SET OPTION\n", b"OK",
         "raw.results"),
    Case("C51b", "POST", "/iclock/devicecmd?SN=12300001", H11, b"ID=1&Return=-22&CMD=UNKNOWN CMD", b"OK",
         "raw.results"),
    Case("C58a", "POST", "/iclock/push?SN=ACC0000000007", H11 + "Cookie: token=0123456789abcdef\r\n", b"", b"OK"),
    Case("C58b", "GET", "/iclock/ping?SN=ACC0000000007", H11, b"", b"OK"),
    Case("C64", "GET", "/iclock/cdata?SN=123456789&table=SELFSERVICEDATA&PIN=1999&ServiceNum=0", H11, b"", b"OK"),
    Case("C65", "GET", "/iclock/cdata?SN=123456789&type=LastPunch&PIN=982", H11, b"", rb"status=1\n"),
]  # fmt: skip


async def check(edge: RunningEdge, case: Case) -> None:
    length = f"Content-Length: {len(case.body)}\r\n" if case.method == "POST" else ""
    reply = await edge.send(f"{case.method} {case.target} {case.version}{length}\r\n".encode() + case.body)
    assert status_of(reply) == 200, case.number
    assert re.fullmatch(case.answer, body_of(reply)), (case.number, body_of(reply))
    assert b"\r\nContent-Type: text/plain\r\n" in reply, case.number


async def test_all_cases_and_what_kafka_holds(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    async with running_edge(edge_settings(stack, topic_prefix, tmp_path)) as edge:
        for case in CASES:
            await check(edge, case)
        expected = sorted((case.topic, case.body) for case in CASES if case.topic)
        stored = await edge.stored()
        uploads = [record for record in stored if record.raw.table not in ("PRESENCE", "HANDSHAKE", "PUSH")]
        assert sorted((record.topic, record.value) for record in uploads) == expected
        assert all(record.key == record.raw.source.encode() for record in stored)
        assert all(record.raw.tenant == "default" for record in stored)
        assert len({record.raw.request_id for record in stored}) == len(stored)
        everything = b"".join(record.value + record.raw.query.encode() for record in stored)
        assert b"88888888" not in everything, "the communication key stays out"
        infos = [record.value for record in stored if record.raw.table == "PRESENCE" and b"Ver" in record.value]
        assert b"Ver 6.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101" in infos
        assert b"Ver 3.60 Feb 20 2010,1000,2000,0,192.168.1.119" in infos
        assert len([record for record in stored if record.raw.table == "HANDSHAKE"]) == 5


async def test_expect_continue_and_a_body_cut_short(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    """C26 and C28."""
    async with running_edge(edge_settings(stack, topic_prefix, tmp_path)) as edge:
        row = b"00017\t2026-03-01 08:59:58\t0\t15\n"
        head = (
            f"POST /iclock/cdata?SN=TST0000000026&table=ATTLOG {H11}Expect: 100-continue\r\nContent-Length: {len(row)}"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.settings.ingest.port)
        writer.write(f"{head}\r\n\r\n".encode())
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(row)
        assert body_of(await asyncio.wait_for(reader.read(), 10)) == b"OK: 1\n"
        writer.close()
        short = f"POST /iclock/cdata?SN=TST0000000028&table=ATTLOG {H10}Content-Length: 60\r\n\r\n".encode() + row[:26]
        assert await edge.send(short, half_close=True) == b""
        stored = [(record.key, record.value) for record in await edge.stored() if record.topic == "raw.attendance"]
        assert stored == [(b"TST0000000026", row)]
