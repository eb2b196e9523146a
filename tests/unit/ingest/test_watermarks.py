"""Watermarks of terminals over a real socket: who gets one, where it goes, and that no answer depends on it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from ingest.emit import OPERATIONS, route_of
from schemas.polled import PolledTable
from schemas.registry import DevicePeriod, HandshakeOptions, SitePeriod, SiteRecord
from tests.unit.ingest.stand_ins import KNOWN, NOW_MS, TestEdge, body_of, running_edge, status_of, until
from tests.unit.ingest.test_quiet import state

ROW = b"982\t2026-03-01 09:00:00\t1\t0\t9001\t\t\n"
HANDSHAKE = "/iclock/cdata?SN=KNOWN1&options=all"


async def polls(edge: TestEdge, seconds: int, serial: str = "KNOWN1", query: str = "") -> list[int]:
    """Polls every 10 s; the watermarks that are told in that time, as seconds since the start of the test."""
    before = len(edge.producer.of("WATERMARKS"))
    for _ in range(seconds // 10):
        edge.now_ms += 10_000
        assert body_of(await edge.get(f"/iclock/getrequest?SN={serial}{query}")) in (b"OK", b"UNKNOWN DEVICE\n")
    rows = [orjson.loads(sent.value) for sent in edge.producer.of("WATERMARKS")[before:]]
    assert all(row["device"] == serial for (row,) in rows)
    return [(row["watermark"] - NOW_MS) // 1000 for (row,) in rows]


async def test_after_handshake_and_upload_when_it_is_quiet_to_where_its_uploads_are() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        assert await polls(edge, 30) == []
        await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=1", ROW)
        assert await polls(edge, 50) == [], "a minute from the upload on, not from the handshake"
        assert await polls(edge, 10) == [90 - 900]
        (upload,), (told,) = edge.producer.of("ATTLOG"), edge.producer.of("WATERMARKS")
        assert (told.topic, told.key, told.partition_by) == (upload.topic, upload.key, upload.partition_by)
        assert (told.raw.source, told.raw.tenant, told.raw.edge) == ("KNOWN1", "acme", "edge-t")
        assert told.raw.received_at == edge.now_ms
        assert (told.raw.path, told.raw.query) == ("/iclock/getrequest", "")
        assert await polls(edge, 130) == [150 - 900, 210 - 900]


async def test_settings_say_how_quiet_and_how_far_back() -> None:
    async with running_edge(watermark_quiet_seconds=20, watermark_margin_minutes=1) as edge:
        await edge.get(HANDSHAKE)
        assert await polls(edge, 20) == [20 - 60]


@pytest.mark.parametrize("table", ["OPERLOG", "ATTPHOTO", "options", "BIODATA"])
async def test_an_upload_of_any_table_and_a_refused_one_begins_it_anew(table: str) -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        await polls(edge, 50)
        await edge.post(f"/iclock/cdata?SN=KNOWN1&table={table}&Stamp=1", ROW)
        assert await polls(edge, 50) == []
        edge.producer.mode = "fail"
        assert status_of(await edge.post(f"/iclock/cdata?SN=KNOWN1&table={table}&Stamp=1", ROW)) == 503
        edge.producer.mode = "ack"
        assert await polls(edge, 50) == [], "what was not taken is still to come"
        assert await polls(edge, 10) == [160 - 900]


async def test_the_quiet_time_of_an_upload_begins_with_its_answer() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        edge.producer.mode = "hold"
        uploading = asyncio.create_task(edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=1", ROW))
        await until(lambda: edge.producer.of("ATTLOG"), "the upload is under way")
        edge.now_ms += 50_000
        edge.producer.released.set()
        assert body_of(await uploading) == b"OK: 1\n"
        edge.producer.mode = "ack"
        assert await polls(edge, 50) == []
        assert await polls(edge, 10) == [110 - 900]


async def test_a_poll_that_gets_commands_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_edge() as edge:
        with monkeypatch.context() as patch:

            async def lever(exchange: object) -> bytes:
                return b"UNKNOWN DEVICE\n"

            patch.setattr(edge.edge._commands, "poll", lever)
            assert await polls(edge, 200) == []
        assert await polls(edge, 20) == [220 - 900]


@pytest.mark.parametrize(
    "options", [HandshakeOptions(realtime=False), HandshakeOptions(trans_words=("OpLog", "EnrollUser"))]
)
async def test_none_from_a_device_that_is_told_to_keep_its_punches(options: HandshakeOptions) -> None:
    async with running_edge() as edge:
        edge.registry.put("KNOWN1", DevicePeriod(site="north", tenant="acme", options=options))
        edge.registry.put("KNOWN2", KNOWN)
        edge.registry.put_site(SiteRecord("north", (SitePeriod(options=options),)))
        for serial in ("KNOWN1", "KNOWN2"):
            assert await polls(edge, 100, serial) == []
            await edge.get(f"/iclock/cdata?SN={serial}&options=all")
            assert await polls(edge, 100, serial) == []


async def test_what_it_was_told_holds_until_it_is_told_anew() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        edge.registry.put("KNOWN1", DevicePeriod(tenant="acme", options=HandshakeOptions(realtime=False)))
        assert await polls(edge, 60) == [60 - 900]
        await edge.get(HANDSHAKE)
        assert await polls(edge, 600) == []


async def test_none_from_access_terminals() -> None:
    async with running_edge() as edge:
        await edge.get("/iclock/cdata?SN=KNOWN1&options=all&pushver=3.1.2&DeviceType=acc")
        assert await polls(edge, 200) == []


async def test_none_while_its_own_count_says_that_something_is_pending() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        await edge.get("/iclock/getrequest?SN=KNOWN1&INFO=Ver%206.8,2,0,7,192.168.1.9")
        await polls(edge, 40)
        assert await polls(edge, 200, query="&INFO=Ver%206.8,2,0,8,192.168.1.9") == []
        await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=1", ROW)
        assert await polls(edge, 60) == [300 - 900]


async def test_an_upload_at_another_edge_counts() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        await polls(edge, 50)
        edge.states.states["KNOWN1"] = state(last_upload=NOW_MS + 45_000)
        assert await polls(edge, 50) == []
        assert await polls(edge, 10) == [110 - 900]


@pytest.mark.parametrize("policy", ["pending", "refuse"])
async def test_none_from_unknown_and_refused_devices(policy: str) -> None:
    async with running_edge(unknown_devices=policy) as edge:
        edge.registry.put("SHUT", DevicePeriod(tenant="acme", admission="refuse"))
        for serial in ("NOBODY", "SHUT"):
            assert await polls(edge, 200, serial) == []
        assert not edge.producer.of("WATERMARKS")


async def test_no_answer_depends_on_it() -> None:
    async with running_edge() as edge:
        await edge.get(HANDSHAKE)
        for mode in ("full", "hold", "fail"):
            edge.producer.mode = mode
            await polls(edge, 120)
        edge.producer.mode = "ack"
        assert await polls(edge, 60) == [420 - 900], "the next one says the same and more"


def test_a_device_cannot_write_one_itself() -> None:
    assert route_of(PolledTable.WATERMARKS.value) is OPERATIONS
