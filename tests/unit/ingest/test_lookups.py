"""Answers while a person waits (document VI 13, 14, Appendix 2): from the view, the site's hook, or none."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from ingest.devices import Devices
from ingest.hook import Hook, HookAnswer
from runtime.sections import LookupSettings
from schemas.lastpunch import LastPunch
from schemas.registry import DevicePeriod
from tests.unit.ingest.stand_ins import KNOWN, body_of, running_edge
from wire.zkpush.lookups import SelfServiceStyle

PUNCH = LastPunch(
    tenant="acme", device="KNOWN1", pin="982", punch_at=1_772_355_600_000, local_text="2026-03-01 04:00:00", state=1,
    work_code="9001",
)  # fmt: skip
DEVICE = Devices.make("KNOWN1", KNOWN, 0)


def data_of(answer: bytes) -> tuple[str, str]:
    """Style and text of a self-service answer."""
    line = answer.decode().strip().removeprefix("DATA UPDATE SELFSERVICEDATA ")
    fields = dict(field.partition("=")[::2] for field in line.split("\t"))
    return fields["Style"], base64.b64decode(fields["Data"]).decode()


async def test_the_last_punch_in_the_clocks_own_time() -> None:
    async with running_edge() as edge:
        ask = "/iclock/cdata?SN=KNOWN1&type=LastPunch&PIN=982"
        assert body_of(await edge.get(ask)) == b"status=1\n"
        edge.punches.punches["KNOWN1", "982"] = PUNCH
        assert body_of(await edge.get(ask)) == (
            b"status=0\nname=\tpin=982\tstate=1\tworkcode=9001\tdate=2026-03-01\ttime=04:00:00\n"
        )


async def test_self_service_is_a_menu_and_then_the_chosen_thing() -> None:
    async with running_edge() as edge:
        ask = "/iclock/cdata?SN=KNOWN1&table=SELFSERVICEDATA&PIN=982&ServiceNum="
        assert data_of(body_of(await edge.get(f"{ask}0"))) == ("2", "ID=1&CMD=Last punch;ID=2&CMD=Hours this week")
        assert data_of(body_of(await edge.get(f"{ask}1"))) == ("0", "No punch is known.")
        edge.punches.punches["KNOWN1", "982"] = PUNCH
        assert data_of(body_of(await edge.get(f"{ask}1"))) == ("0", "Last punch: 2026-03-01 04:00:00")
        assert data_of(body_of(await edge.get(f"{ask}2"))) == ("0", "Hours are not known yet.")
        assert body_of(await edge.get(f"{ask}77")) == b"OK"


async def test_hours_are_those_of_the_week_that_it_is_at_the_clock() -> None:
    async with running_edge() as edge:
        ask = "/iclock/cdata?SN=KNOWN1&table=SELFSERVICEDATA&PIN=982&ServiceNum=2"
        monday = 1_772_409_600_000  # 2026-03-02, the zone of the clock is five hours behind
        told = replace(PUNCH, week_minutes=1885, as_of=monday, week_start="2026-03-02", employee="e1")
        edge.punches.punches["KNOWN1", "982"] = told
        edge.now_ms = monday + 7 * 86_400_000
        assert data_of(body_of(await edge.get(ask))) == ("0", "Hours this week: 31:25")
        edge.now_ms += 5 * 3_600_000
        assert data_of(body_of(await edge.get(ask))) == ("0", "No hours are known of this week yet.")


async def test_what_cannot_be_written_for_the_clock_is_a_clean_none() -> None:
    async with running_edge() as edge:
        edge.registry.put("KNOWN1", DevicePeriod(tenant="acme", charset="gb18030"))
        edge.punches.punches["KNOWN1", "982"] = LastPunch(
            tenant="acme", device="KNOWN1", pin="982", punch_at=1, local_text="x", state=None, work_code="a\tb"
        )
        assert body_of(await edge.get("/iclock/cdata?SN=KNOWN1&type=LastPunch&PIN=982")) == b"status=1\n"


async def test_an_access_terminals_question_is_kept_as_the_event_that_it_is() -> None:
    async with running_edge() as edge:
        row = b"time=2026-03-01 09:00:00\tpin=17\tevent=3\r\n"
        answer = body_of(await edge.post("/iclock/cdata?SN=KNOWN1&AuthType=device", row))
        assert answer.startswith(b"AUTH=FAILED\r\ntime=2026-03-01 09:00:00\tpin=17\tevent=3\r\n")
        assert edge.producer.of("RTLOG")[0].topic == "raw.operations"


@asynccontextmanager
async def hooked(reply: Any) -> AsyncIterator[tuple[Hook, list[Any]]]:
    """A hook to a server of this test that answers as `reply(request)` does."""
    asked: list[Any] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(await request.json())
        result = reply(request)
        answer: web.StreamResponse = await result if asyncio.iscoroutine(result) else result
        return answer

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    hook = Hook(LookupSettings(hook_url=url, hook_deadline_seconds=0.3, hook_services={7: "Vacation"}))
    try:
        yield hook, asked
    finally:
        await hook.close()
        await runner.cleanup()


async def test_a_sites_hook_is_asked_in_its_own_words() -> None:
    async with hooked(lambda _: web.json_response({"style": "csv", "text": "Monday,1\r\nTuesday,2"})) as (hook, asked):
        assert await hook.ask(DEVICE, "982", 7) == HookAnswer(SelfServiceStyle.CSV, "Monday,1\r\nTuesday,2")
        assert asked == [{"tenant": "acme", "site": "north", "device": "KNOWN1", "pin": "982", "service": 7}]


async def slow(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


@pytest.mark.parametrize(
    "reply",
    [
        slow,
        lambda _: web.Response(status=204),
        lambda _: web.Response(status=500),
        lambda _: web.Response(status=302, headers={"Location": "/other"}),
        lambda _: web.Response(text="no JSON"),
        lambda _: web.json_response({"style": "film", "text": "x"}),
        lambda _: web.json_response({"style": "text"}),
        lambda _: web.Response(body=b"x" * 100_000),
    ],
)
async def test_a_hook_that_fails_is_no_answer_within_its_deadline(reply: Any) -> None:
    async with hooked(reply) as (hook, _):
        async with asyncio.timeout(3):
            assert await hook.ask(DEVICE, "982", 7) is None


def test_services_without_a_hook_are_refused() -> None:
    with pytest.raises(ValidationError, match="hook_url is not"):
        LookupSettings(hook_services={7: "x"})
