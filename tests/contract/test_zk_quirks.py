"""Quirks of the field that no other test shows at the socket (spec/zk-push.md T2, T16, E6)."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.zk_examples.example import post, raw_of
from tests.unit.ingest.stand_ins import body_of, running_edge, status_of

ROW = b"1\t2026-03-01 09:00:00\t0\t1\t0\n"


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: application/push;charset=UTF-8\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: \r\nUser-Agent: iClock Proxy/1.09\r\n",
    ],
)
@pytest.mark.parametrize("version", ["HTTP/1.1\r\nHost: e\r\nConnection: starting\r\n", "HTTP/1.0\r\n"])
async def test_t2_the_type_of_a_body_does_not_matter(headers: str, version: str) -> None:
    async with running_edge() as edge:
        request = post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW, version, headers)
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.readuntil(b"OK: 1\n"), 10)
        writer.close()
        await writer.wait_closed()
        assert status_of(answer) == 200
        assert [sent.value for sent in edge.producer.of("ATTLOG")] == [ROW]


async def test_t16_devices_behind_one_address_are_told_apart_and_not_limited() -> None:
    async with running_edge() as edge:
        targets = [f"/iclock/cdata?SN=NAT{number}&table=ATTLOG" for number in range(200)]
        answers = await asyncio.gather(*(edge.exchange(post(target, ROW)) for target in targets))
        assert {body_of(answer) for answer in answers} == {b"OK: 1\n"}
        assert {sent.key for sent in edge.producer.of("ATTLOG")} == {b"NAT%d" % number for number in range(200)}


@pytest.mark.parametrize(
    "endpoint", ["edata", "event", "exchange?type=publickey", "exchange?type=factors", "service/control", "whatever"]
)
async def test_e6_endpoints_that_nobody_documents_are_answered_and_kept_sealed(endpoint: str) -> None:
    async with running_edge() as edge:
        target = f"/iclock/{endpoint}{'&' if '?' in endpoint else '?'}SN=KNOWN1"
        assert body_of(await edge.exchange(post(target, b"\x01key=1\n"))) == b"OK"
        (sent,) = edge.producer.of(endpoint.partition("?")[0].upper())
        assert (sent.topic, raw_of(sent).body, bool(sent.raw.sealed)) == ("raw.operations", b"\x01key=1\n", True)
