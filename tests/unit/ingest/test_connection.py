"""Bytes as terminals and strangers send them (every row of spec/zk-push.md 3), slow ones, too many, and the drain."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib

import pytest
from prometheus_client import REGISTRY

from ingest.errors import Reason
from tests.unit.ingest.stand_ins import DEADLINE_SECONDS, TestEdge, body_of, running_edge, status_of, until

ROW = b"1\t2026-03-01 09:00:00\t0\t1\t0\n"
POST = "POST /iclock/cdata?SN=KNOWN1&table=ATTLOG HTTP/1.{}\r\n"


def refusals(reason: Reason) -> float:
    return REGISTRY.get_sample_value("punchstream_ingest_refusals_total", {"reason": reason}) or 0.0


def head(version: int, *lines: str) -> bytes:
    return (POST.format(version) + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (b"GET /iclock/getrequest?SN=KNOWN1 HTTP/1.0\r\n\r\n", b"OK"),
        (b"GET /iclock/getrequest?SN=KNOWN1&INFO= Ver 6.8, 2,\t0 HTTP/1.0\r\nHost: e\r\n\r\n", b"OK"),
        ("GET /iclock/getrequest?SN=KNOWN1&INFO=考勤 HTTP/1.0\r\nHost: e\r\n\r\n".encode("gb2312"), b"OK"),
        (b"GET /iclock/getrequest?SN=KNOWN1 HTTP/1.1\r\nConnection: close\r\n\r\n", b"OK"),
        (b"GET /iclock/getrequest?SN=KNOWN1 HTTP/1.0\nHost: e\n\n", b"OK"),
        (b"GET http://10.0.0.1/iclock/getrequest?SN=KNOWN1 HTTP/1.0\r\nHost: e\r\n\r\n", b"OK"),
        (b"GET //iclock//getrequest?SN=KNOWN1 HTTP/1.0\r\nHost: e\r\n\r\n", b"OK"),
        (b"GET /ICLOCK/GetRequest.aspx?sn=known1 HTTP/1.0\r\nHost: e\r\n\r\n", b"OK"),
        (b"GET /iclock/getrequest?SN=KNOWN1&x=%zz;+%2b HTTP/1.0\r\nHost: e\r\n\r\n", b"OK"),
        (head(0, "Host: e", f"Content-Length: {len(ROW)}") + ROW + b"\r\n", b"OK: 1\n"),
        (head(0, "Host: e", f"Content-Length: {len(ROW)}") + ROW + b"and more", b"OK: 1\n"),
        (
            head(1, "Host: e", "Transfer-Encoding: chunked", "Connection: close") + b"1b\r\n" + ROW[:27] + b"\r\n"
            b"1\r\n" + ROW[27:] + b"\r\n0\r\n\r\n",
            b"OK: 1\n",
        ),
    ],
)
async def test_odd_requests_are_served(request_bytes: bytes, answer: bytes) -> None:
    async with running_edge() as edge:
        reply = await edge.exchange(request_bytes)
        assert (status_of(reply), body_of(reply)) == (200, answer)
        assert reply.startswith(b"HTTP/1.1" if b"HTTP/1.1" in request_bytes else b"HTTP/1.0")
        for sent in edge.producer.of("ATTLOG"):
            assert sent.value == ROW


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (head(1, "Host: e", "Content-Length: 5", "Content-Length: 6") + b"12345", 400),
        (head(1, "Host: e", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
        (head(0, "Host: e") + ROW, 411),
        (b"GET /iclock/cdata?SN=KNOWN1&x=" + b"y" * 20_000 + b" HTTP/1.0\r\n\r\n", 431),
        (b"GET /iclock/cdata?SN=KNOWN1&x=" + b"y" * 9_000 + b" HTTP/1.0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    ],
)
async def test_what_must_not_be_served_gets_a_plain_answer_and_is_closed(request_bytes: bytes, status: int) -> None:
    async with running_edge() as edge:
        before = refusals(Reason.BAD_HTTP)
        reply = await edge.exchange(request_bytes)
        assert status_of(reply) == status
        assert b"\r\nConnection: close\r\n" in reply
        assert b"Traceback" not in reply
        assert refusals(Reason.BAD_HTTP) == before + 1
        assert not edge.producer.of("ATTLOG")


async def test_good_requests_ahead_of_a_bad_one_are_answered() -> None:
    good = b"GET /iclock/getrequest?SN=KNOWN1 HTTP/1.1\r\nHost: e\r\n\r\n"
    async with running_edge() as edge:
        reply = await edge.exchange(good + good + head(1, "Host: e") + ROW)
        assert reply.count(b"HTTP/1.1 200 OK") == 2
        assert status_of(reply.split(b"\r\n\r\nOK")[-1]) == 411


async def test_keep_alive_and_pipelined_requests_in_order() -> None:
    async with running_edge() as edge:
        requests = b"".join(
            head(1, "Host: e", f"Content-Length: {len(ROW) * count}") + ROW * count for count in range(1, 51)
        )
        reply = await edge.exchange(requests + b"GET /iclock/ping?SN=KNOWN1 HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert [int(part.split(b"\n")[0]) for part in reply.split(b"OK: ")[1:]] == list(range(1, 51))


async def test_expect_continue_before_the_body() -> None:
    async with running_edge() as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        writer.write(head(1, "Host: e", f"Content-Length: {len(ROW)}", "Expect: 100-continue"))
        interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_SECONDS)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(ROW)
        assert (await asyncio.wait_for(reader.readuntil(b"OK: 1\n"), DEADLINE_SECONDS)).startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize("cuts", range(1, 60, 7))
async def test_segments_do_not_matter(cuts: int) -> None:
    request = head(0, "Host: e", f"Content-Length: {len(ROW)}") + ROW
    async with running_edge() as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        for start in range(0, len(request), cuts):
            writer.write(request[start : start + cuts])
            await writer.drain()
            await asyncio.sleep(0)
        assert body_of(await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)) == b"OK: 1\n"
        writer.close()


@pytest.mark.parametrize("announce", [True, False])
async def test_a_body_that_is_too_large_is_not_read(announce: bool) -> None:
    async with running_edge(max_body_bytes=1024) as edge:
        before = refusals(Reason.BODY_TOO_LARGE)
        lines = ("Host: e", "Content-Length: 104857600" if announce else "Transfer-Encoding: chunked")
        body = b"x" * 4096 if announce else b"1000\r\n" + b"x" * 4096 + b"\r\n"
        started = time.monotonic()
        reply = await edge.exchange(head(1, *lines) + body)
        assert status_of(reply) == 413
        assert b"\r\nConnection: close\r\n" in reply
        assert time.monotonic() - started < 1.0, "it neither waits for nor reads the rest"
        assert refusals(Reason.BODY_TOO_LARGE) == before + 1
        assert edge.budget.in_flight == 0


async def test_a_truncated_body_emits_nothing() -> None:
    async with running_edge() as edge:
        before = refusals(Reason.BODY_TRUNCATED)
        reply = await edge.exchange(head(0, "Host: e", "Content-Length: 60") + ROW[:26], half_close=True)
        assert reply == b""
        assert refusals(Reason.BODY_TRUNCATED) == before + 1
        assert not edge.producer.of("ATTLOG")
        assert edge.budget.in_flight == 0


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        pytest.param(gzip.compress(ROW), "gzip", 200, id="gzip"),
        pytest.param(zlib.compress(ROW), "deflate", 200, id="deflate"),
        pytest.param(ROW, "identity", 200, id="identity"),
        pytest.param(b"not gzip", "gzip", 400, id="not gzip"),
        pytest.param(gzip.compress(ROW)[:-9], "gzip", 400, id="cut short"),
        pytest.param(gzip.compress(ROW) + b"more", "gzip", 400, id="bytes past the end"),
        pytest.param(ROW, "br", 400, id="another coding"),
        pytest.param(gzip.compress(b"\0" * 50_000_000), "gzip", 413, id="a bomb"),
    ],
)
async def test_content_encoding(body: bytes, coding: str, status: int) -> None:
    async with running_edge() as edge:
        reply = await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", body, f"Content-Encoding: {coding}\r\n")
        assert status_of(reply) == status
        assert [sent.value for sent in edge.producer.of("ATTLOG")] == ([ROW] if status == 200 else [])


async def closes_within(edge: TestEdge, first: bytes, drip: bytes, seconds: float) -> bytes:
    """What comes back when a connection sends `first` then `drip` every 50 ms; fails unless it is closed in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
    writer.write(first)
    reading = asyncio.create_task(reader.read())
    deadline = time.monotonic() + seconds
    try:
        while not reading.done():
            assert time.monotonic() < deadline, "the connection is still open"
            await asyncio.wait([reading], timeout=0.05)
            if drip and not reading.done():
                writer.write(drip)
        try:
            return reading.result()
        except ConnectionError:
            return b""
    finally:
        reading.cancel()
        writer.close()


async def test_a_head_that_drips_is_closed() -> None:
    async with running_edge(head_timeout_seconds=0.3) as edge:
        before = refusals(Reason.HEAD_TOO_SLOW)
        assert await closes_within(edge, b"GET /iclock/", b"x", 3.0) == b""
        assert refusals(Reason.HEAD_TOO_SLOW) == before + 1


async def test_a_head_in_pieces_within_its_time_is_served() -> None:
    async with running_edge(head_timeout_seconds=0.3, idle_timeout_seconds=0.6) as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        for _ in range(2):
            writer.write(b"GET /iclock/ping?SN=KNOWN1 HTTP/1.1\r\n")
            await asyncio.sleep(0.02)
            writer.write(b"Host: e\r\n\r\n")
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\nOK"), DEADLINE_SECONDS)
        assert await asyncio.wait_for(reader.read(), DEADLINE_SECONDS) == b"", "idle, then closed"
        writer.close()


async def test_a_body_that_drips_is_refused() -> None:
    async with running_edge(body_timeout_seconds=0.3) as edge:
        before = refusals(Reason.BODY_TOO_SLOW)
        reply = await closes_within(edge, head(1, "Host: e", "Content-Length: 1000"), b"x", 3.0)
        assert status_of(reply) == 408
        assert refusals(Reason.BODY_TOO_SLOW) == before + 1
        assert edge.budget.in_flight == 0
        assert not edge.producer.of("ATTLOG")


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with running_edge(idle_timeout_seconds=0.2) as edge:
        assert await closes_within(edge, b"", b"", 3.0) == b""


async def test_the_budget_counts_what_came_not_what_was_announced() -> None:
    async with running_edge(in_flight_bytes=16 * 1024 * 1024) as edge:
        edge.producer.pending_bytes = edge.budget.limit - 2000
        writers = []
        for _ in range(5):  # announce far more than there is room for
            _, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
            writer.write(head(1, "Host: e", "Content-Length: 1000000") + b"x" * 300)
            writers.append(writer)
        await until(lambda: edge.budget.in_flight == edge.budget.limit - 500, "all that was sent is counted")
        assert body_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW)) == b"OK: 1\n"
        assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW * 100)) == 503
        for writer in writers:
            writer.close()


async def test_one_connection_too_many_is_told_so() -> None:
    async with running_edge(max_connections=1) as edge:
        before = refusals(Reason.CONNECTIONS_FULL)
        _, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        await until(lambda: edge.server.connection_count == 1, "the connection is there")
        reply = await edge.exchange(b"")
        assert status_of(reply) == 503
        assert refusals(Reason.CONNECTIONS_FULL) == before + 1
        writer.close()
        await until(lambda: not edge.server.connection_count, "the connection is gone")
        assert status_of(await edge.get("/iclock/ping?SN=KNOWN1")) == 200


async def test_a_client_that_reads_no_answers_is_cut_off() -> None:
    async with running_edge() as edge:
        before = refusals(Reason.ANSWERS_UNREAD)
        _, writer = await asyncio.open_connection("127.0.0.1", edge.server.port, limit=1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a plain transport lacks it, a socket's has it
        poll = b"GET /iclock/cdata?SN=KNOWN1&options=all HTTP/1.1\r\nHost: e\r\n\r\n"
        deadline = time.monotonic() + 60
        while edge.server.connection_count and time.monotonic() < deadline:
            writer.write(poll * 500)
            await asyncio.sleep(0)
            if writer.transport.get_write_buffer_size() > 4_000_000:
                await asyncio.sleep(0.05)
        assert refusals(Reason.ANSWERS_UNREAD) == before + 1
        writer.transport.abort()


async def test_drain_lets_requests_in_flight_finish_and_says_close() -> None:
    async with running_edge() as edge:
        edge.producer.mode = "hold"
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        writer.write(head(1, "Host: e", f"Content-Length: {len(ROW)}") + ROW)
        await until(lambda: edge.producer.of("ATTLOG"), "the record is with the producer")
        edge.edge.draining = True
        draining = asyncio.create_task(edge.server.drain())
        await asyncio.sleep(0.05)
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset, by the system's choice
            await asyncio.open_connection("127.0.0.1", edge.server.port)
        edge.producer.mode = "ack"
        edge.producer.released.set()
        reply = await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
        assert body_of(reply) == b"OK: 1\n"
        assert b"\r\nConnection: close\r\n" in reply
        await asyncio.wait_for(draining, DEADLINE_SECONDS)
        writer.close()


async def test_while_draining_refusals_close_too() -> None:
    async with running_edge() as edge:
        edge.edge.draining = True
        reply = await edge.exchange(b"GET /iclock/cdata?options=all HTTP/1.1\r\nHost: e\r\n\r\n")
        assert status_of(reply) == 400
        assert b"\r\nConnection: close\r\n" in reply
