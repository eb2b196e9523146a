"""Every example request of spec/zk-push.md 4 over a real socket: request and answer byte for byte, and what is kept.

Each number is the id of one test here. How the parsers treat each shape beyond its example is in tests/unit/wire.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Final

import pytest

from tests.contract.zk_examples import EXAMPLES
from tests.contract.zk_examples.attendance import C14_BODY, C16_BODY, tails
from tests.contract.zk_examples.example import H10, H11, Example, Step, post, raw_of
from tests.unit.ingest.stand_ins import DEADLINE_SECONDS, KNOWN, Sent, TestEdge, body_of, running_edge, status_of

NINE_IN_NEW_YORK_MS: Final = 1_772_373_600_000  # 2026-03-01 14:00:00 UTC
NUMBERS: Final = (
    *("C01", "C02", "C03", "C04", "C07", "C08", "C11", "C12", "C13", "C14", "C16", "C17"),
    *("C19", "C21", "C23", "C26", "C28", "C30", "C31", "C32", "C34", "C35", "C38", "C39"),
    *("C40", "C41", "C42", "C44", "C45", "C48", "C49", "C49b", "C49c", "C50", "C51", "C53"),
    *("C56", "C58", "C59", "C61", "C64", "C65"),
)
_DATE = re.compile(rb"\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n")


def answer(step: Step) -> bytes:
    """All bytes of the answer but for the date. Both kinds of connection end with it, and say so."""
    head = f"HTTP/1.{int(step.http_1_1)} 200 OK\r\nContent-Type: text/plain\r\nDate: *\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(step.reply)}\r\n\r\n".encode() + step.reply


async def check(edge: TestEdge, step: Step) -> None:
    edge.producer.sent.clear()
    found = await edge.exchange(step.request)
    assert _DATE.sub(b"\r\nDate: *\r\n", found) == answer(step)
    # Beside what it brings, any request may leave a note of its presence.
    kept = [sent for sent in edge.producer.sent if sent.raw.table in (step.table, "REFUSED") or not is_note(sent)]
    assert [(sent.topic, sent.raw.table) for sent in kept] == ([(step.topic, step.table)] if step.table else [])
    if not kept:
        return
    raw = raw_of(kept[0])
    assert b"88888888" not in kept[0].raw.query.encode() + raw.body, "communication keys stay out"
    if step.body:
        assert raw.body == step.body
    if step.read is not None:
        assert step.read(raw) == step.meaning


def is_note(sent: Sent) -> bool:
    return sent.raw.table == "PRESENCE"


def prepare(edge: TestEdge, example: Example) -> None:
    edge.now_ms = NINE_IN_NEW_YORK_MS
    for step in example.steps:
        found = re.search(rb"SN=([A-Z0-9]+)", step.request)
        assert found is not None
        edge.registry.put(found[1].decode(), KNOWN)
    if example.prepare is not None:
        example.prepare(edge)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.number for example in EXAMPLES])
async def test_example(example: Example) -> None:
    async with running_edge() as edge:
        prepare(edge, example)
        for step in example.steps:
            await check(edge, step)


async def test_c26_a_device_that_waits_for_100_continue_before_its_body() -> None:
    async with running_edge() as edge:
        head, _, body = post(
            "/iclock/cdata?SN=TST0000000014&table=ATTLOG&Stamp=9999", C14_BODY, headers="Expect: 100-continue\r\n"
        ).partition(b"\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        writer.write(head + b"\r\n\r\n")
        interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_SECONDS)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert edge.producer.of("ATTLOG") == []
        writer.write(body)
        assert body_of(await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)) == b"OK: 2\n"
        writer.close()
        await writer.wait_closed()
        (sent,) = edge.producer.of("ATTLOG")
        assert tails(raw_of(sent)) == [("00017", 0, "0", ("0", "0", "0")), ("00018", 255, "", ())]


async def test_c28_a_body_cut_short_leaves_nothing() -> None:
    async with running_edge() as edge:
        head = f"POST /iclock/cdata?SN=TST0000000028&table=ATTLOG&Stamp=9999 {H10}Content-Length: 60\r\n\r\n"
        assert await edge.exchange(head.encode() + C16_BODY[:26], half_close=True) == b""
        assert edge.producer.of("ATTLOG") == []


async def test_c30_while_kafka_is_down_the_device_keeps_its_rows() -> None:
    async with running_edge() as edge:
        request = post("/iclock/cdata?SN=TST0000000030&table=ATTLOG&Stamp=9999", C16_BODY)
        edge.producer.mode = "fail"
        refused = await edge.exchange(request)
        assert status_of(refused) == 503
        assert b"\r\nRetry-After: 30\r\n" in refused
        edge.producer.mode = "ack"
        edge.producer.sent.clear()
        assert body_of(await edge.exchange(request)) == b"OK: 1\n"
        assert len(edge.producer.of("ATTLOG")) == 1


def test_every_number_of_the_page_is_one_test() -> None:
    functions = [name.split("_")[1].upper() for name in dir(sys.modules[__name__]) if re.match(r"test_c\d", name)]
    assert sorted([example.number for example in EXAMPLES] + functions) == sorted(NUMBERS)


def test_requests_are_written_as_devices_write_them() -> None:
    """The blanks and the versions of the page are in the bytes, not repaired beforehand."""
    requests = {example.number: example.steps[0].request for example in EXAMPLES}
    assert b"&table= ATTLOG&" in requests["C11"]
    assert b"&INFO= Ver%206.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101 HTTP/1.0\r\n" in requests["C49"]
    assert {number for number, request in requests.items() if b" HTTP/1.0\r\n" in request} == {
        "C01", "C08", "C49", "C49c",
    }  # fmt: skip
    assert H11.encode() in requests["C12"]
