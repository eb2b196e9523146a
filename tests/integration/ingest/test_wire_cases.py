"""The example requests of spec/zk-push.md 4 against a real Kafka: what it holds afterwards.

Their answers, byte for byte, are checked by tests/contract/test_zk_examples.py.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from deploy.local.stack import LocalStack
from tests.contract.zk_examples import EXAMPLES
from tests.contract.zk_examples.example import H10, H11
from tests.integration.ingest.running import body_of, edge_settings, running_edge, status_of

NOTES = ("PRESENCE", "HANDSHAKE", "PUSH")


async def test_all_examples_and_what_kafka_holds(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    steps = [step for example in EXAMPLES for step in example.steps]
    async with running_edge(edge_settings(stack, topic_prefix, tmp_path)) as edge:
        for step in steps:
            assert status_of(await edge.send(step.request)) == 200, step.request[:80]
        expected = sorted((step.topic, step.table, step.body) for step in steps if step.table not in ("", *NOTES))
        stored = [record for record in await edge.stored() if record.raw.table != "TICK"]
        uploads = [record for record in stored if record.raw.table not in NOTES]
        assert sorted((record.topic, record.raw.table, record.value) for record in uploads) == expected
        assert all(record.key == record.raw.source.encode() for record in stored)
        assert all(record.raw.tenant == "default" for record in stored)
        assert len({record.raw.request_id for record in stored}) == len(stored)
        everything = b"".join(record.value + record.raw.query.encode() for record in stored)
        assert b"88888888" not in everything, "the communication key stays out"
        infos = [record.value for record in stored if record.raw.table == "PRESENCE" and b"Ver" in record.value]
        assert b"Ver 6.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101" in infos
        assert b"Ver 3.60 Feb 20 2010,1000,2000,0,192.168.1.119" in infos
        handshakes = [step for step in steps if step.table == "HANDSHAKE"]
        assert len([record for record in stored if record.raw.table == "HANDSHAKE"]) == len(handshakes)


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
