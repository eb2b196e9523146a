"""What devices are told when they come: levels of options, stamps, sessions of the access dialect (zk-push.md E1)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.devices import DeviceState, DeviceStatus
from schemas.registry import DevicePeriod, HandshakeOptions, SitePeriod, SiteRecord
from tests.unit.ingest.stand_ins import KNOWN, NOW_MS, TestEdge, body_of, running_edge

HANDSHAKE = "/iclock/cdata?SN=KNOWN1&options=all"


def state(**facts: Any) -> DeviceState:
    return DeviceState(
        device="KNOWN1", rank=1, tenant="acme", site="north", status=DeviceStatus.ONLINE, status_since=NOW_MS,
        updated_at=NOW_MS, first_seen=NOW_MS, last_seen=NOW_MS, **facts,
    )  # fmt: skip


async def options_of(edge: TestEdge, target: str = HANDSHAKE) -> dict[str, str]:
    lines = body_of(await edge.get(target)).decode().splitlines()
    return dict(line.partition("=")[::2] for line in lines if "=" in line)


async def test_the_device_speaks_before_its_site_and_the_site_before_the_settings() -> None:
    async with running_edge(poll_delay_seconds=10, error_delay_seconds=30) as edge:
        site = HandshakeOptions(delay_s=20, realtime=False, trans_words=("AttLog",), trans_times=("06:00", "18:00"))
        edge.registry.put_site(SiteRecord("north", (SitePeriod(options=site),)))
        edge.registry.put("KNOWN1", DevicePeriod(site="north", options=HandshakeOptions(delay_s=5, sync_time_s=0)))
        told = await options_of(edge)
        assert [told[name] for name in ("Delay", "ErrorDelay", "Realtime", "SyncTime")] == ["5", "30", "0", "0"]
        assert (told["TransFlag"], told["TransTimes"]) == ("TransData AttLog", "06:00;18:00")


async def test_stamps_come_from_the_device_processor_and_newer_ones_from_here() -> None:
    async with running_edge() as edge:
        edge.states.states["KNOWN1"] = state(stamps={"ATTLOG": "old", "OPERLOG": "7"})
        assert (await options_of(edge))["ATTLOGStamp"] == "old"
        await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=new", b"1\t2026-03-01 09:00:00\t0\n")
        told = await options_of(edge)
        assert (told["ATTLOGStamp"], told["Stamp"], told["OPERLOGStamp"]) == ("new", "new", "7")


async def test_everything_again_only_when_an_operator_said_so_and_only_once() -> None:
    async with running_edge() as edge:
        edge.states.states["KNOWN1"] = state(stamps={"ATTLOG": "5", "OPERLOG": "7"})
        edge.commands.resends["KNOWN1"] = frozenset({"ATTLOG"})
        told = await options_of(edge)
        assert (told["ATTLOGStamp"], told["OPERLOGStamp"]) == ("0", "7")
        assert (await options_of(edge))["ATTLOGStamp"] == "5"


@pytest.mark.parametrize(
    ("registry", "processor", "written"),
    [(None, None, "-5"), (None, "hh_mm", "-05:00"), ("integer", "hh_mm", "-5"), ("hh_mm", None, "-05:00")],
)
async def test_the_form_of_the_time_zone(registry: Any, processor: Any, written: str) -> None:
    async with running_edge() as edge:
        zone = "America/New_York"
        edge.registry.put("KNOWN1", DevicePeriod(zone=zone, options=HandshakeOptions(time_zone_form=registry)))
        if processor:
            edge.states.states["KNOWN1"] = state(time_zone_form=processor)
        assert (await options_of(edge))["TimeZone"] == written


async def test_an_access_terminal_registers_and_is_then_known_on_every_edge() -> None:
    come = "/iclock/cdata?SN=KNOWN1&options=all&pushver=3.1.2&DeviceType=acc"
    async with running_edge() as edge:
        assert body_of(await edge.get(come)) == b"OK"
        registered = body_of(await edge.post("/iclock/registry?SN=KNOWN1", b"DeviceType=acc,~DeviceName=F22"))
        assert registered.startswith(b"RegistryCode=")
        code = registered.removeprefix(b"RegistryCode=").decode()
        assert edge.producer.of("REGISTRY")[0].value == b"DeviceType=acc,~DeviceName=F22"
        told = await options_of(edge, come)
        assert (told["registry"], told["RegistryCode"]) == ("ok", code)
        pushed = body_of(await edge.post("/iclock/push?SN=KNOWN1", b"")).decode().split()
        session = dict(line.partition("=")[::2] for line in pushed)
        assert session["SessionID"] == told["SessionID"]
    async with running_edge() as other:
        other.states.states["KNOWN1"] = state(dialect="acc", options={"DeviceType": "acc"})
        assert (await options_of(other, "/iclock/cdata?SN=KNOWN1&options=all"))["RegistryCode"] == code


async def test_a_registration_that_kafka_does_not_take_is_asked_for_again() -> None:
    async with running_edge() as edge:
        edge.producer.mode = "fail"
        assert (await edge.post("/iclock/registry?SN=KNOWN1", b"DeviceType=acc")).startswith(b"HTTP/1.1 503")
        assert body_of(await edge.get("/iclock/cdata?SN=KNOWN1&options=all&DeviceType=acc")) == b"OK"


async def test_commands_hear_of_a_device_that_came_back() -> None:
    async with running_edge() as edge:
        edge.registry.put("KNOWN1", KNOWN)
        await edge.get(HANDSHAKE)
        assert edge.commands.back == ["KNOWN1"]
