"""Commands to polled servers and stations through the operations: whose they are, and by which name they are found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from ingest.commands.desk import CommandDesk
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.catalogue import command_kinds
from ingest.control.device_list import DeviceList
from ingest.control.errors import NotThere, RequestInvalid
from ingest.control.orders import OrderDesk, Targets
from ingest.control.requests import RequestCommand
from ingest.control.source_list import SourceList
from runtime.registry_view import RegistryView
from runtime.sections import IngestSettings
from runtime.settings import load_settings
from tests.unit.ingest.commands.source_stand_ins import MAC, NEW, SETTINGS, SourceOffice
from tests.unit.ingest.commands.stand_ins import ANNA, AT, MemoryRegistryView, desk
from tests.unit.ingest.stand_ins import KEYS

ALL = Caller(ANNA)
NORTH = Caller(Operator("nora", "operate", "api"), "acme", frozenset({"north"}))
OTHER = Caller(Operator("otto", "admin", "api"), "other")
CREATE = "biotime.employee.create"


class Orders:
    def __init__(self) -> None:
        self.office = SourceOffice()
        registry = MemoryRegistryView()
        commands: CommandDesk = desk(self.office.kafka, registry, load_settings(None, ()), self.office.view)
        unseen: Any = SimpleNamespace(state=lambda serial: None, states=lambda: [])
        devices = DeviceList(IngestSettings(), registry=cast(RegistryView, registry), devices=unseen)
        self.desk = OrderDesk(
            desk=commands, commands=self.office.view, devices=devices, source_desk=self.office.desk,
            sources=SourceList(SETTINGS), records=cast(Any, None), producer=cast(Any, self.office.kafka), keys=KEYS,
            objects=cast(Any, None), clock=lambda: AT / 1000,
        )  # fmt: skip

    async def ask(self, caller: Caller, *devices: str, name: str = CREATE, **more: Any) -> list[Any]:
        batch = await self.desk.request(caller, Targets(devices), name, NEW if name == CREATE else {}, **more)
        return batch.commands


async def test_a_command_is_asked_for_listed_shown_and_cancelled_by_its_source() -> None:
    orders = Orders()
    (ordered,) = await orders.ask(NORTH, "BioTime:hq", key="hr-7")
    assert (ordered.serial, ordered.earlier) == ("biotime:hq", False)
    (again,) = await orders.ask(NORTH, "biotime:hq", key="hr-7")
    assert (again.command_id, again.earlier) == (ordered.command_id, True)
    for found in (orders.desk.known(NORTH, device="biotime:hq"), orders.desk.known(NORTH, site="north")):
        assert [(one.device, one.command_id) for one in found] == [("biotime:hq", ordered.command_id)]
    assert orders.desk.show(NORTH, "BIOTIME:HQ", ordered.command_id).name == CREATE
    cancelled = await orders.desk.cancel(NORTH, "biotime:hq", ordered.command_id, reason="no")
    assert cancelled.status.value == "cancelled"


async def test_a_station_is_found_by_its_mac_in_any_spelling() -> None:
    orders = Orders()
    (ordered,) = await orders.ask(ALL, "akuvox:0c:11:05:07:8b:71", name="connector.pause")
    assert ordered.serial == f"akuvox:{MAC}"
    assert orders.desk.show(ALL, "akuvox:0c1105078b71", ordered.command_id).device == f"akuvox:{MAC}"


async def test_sources_of_other_tenants_and_sites_are_not_there() -> None:
    orders = Orders()
    (ordered,) = await orders.ask(ALL, "biotime:hq")
    for caller, device in ((OTHER, "biotime:hq"), (NORTH, "biotime:plant"), (ALL, "biotime:none"), (ALL, "SN1")):
        with pytest.raises(NotThere, match="no server or station"):
            await orders.ask(caller, device)
    for caller in (OTHER, Caller(ANNA, "acme", frozenset({"south"}))):
        with pytest.raises(NotThere):
            orders.desk.known(caller, device="biotime:hq")
        with pytest.raises(NotThere):
            orders.desk.show(caller, "biotime:hq", ordered.command_id)
        assert orders.desk.known(caller) == []
    assert len(orders.office.kafka.commands) == 1


async def test_what_only_devices_or_only_sources_can_have_is_refused() -> None:
    orders = Orders()
    for targets, more in (
        (Targets(site="north"), {}),
        (Targets(tag="doors"), {}),
        (Targets(), {}),
        (Targets(("biotime:hq",)), {"canary": True}),
    ):
        with pytest.raises(RequestInvalid, match="one by one"):
            await orders.desk.request(ALL, targets, CREATE, NEW, **more)  # type: ignore[arg-type]  # a table
    with pytest.raises(RequestInvalid, match="have a key"):
        await orders.desk.request(ALL, Targets(("SN1",)), "device.info", {}, key="k")


def test_the_api_takes_their_keys_among_the_devices() -> None:
    for device in ("SN1", "biotime:hq", f"akuvox:{MAC}", "akuvox:0c:11:05:07:8b:71"):
        assert RequestCommand.model_validate({"name": "x", "devices": [device]}).devices == (device,)
    for device in ("zkteco:hq", "biotime:", "biotime:a/b", "SN 1", "x" * 33):
        with pytest.raises(ValidationError):
            RequestCommand.model_validate({"name": "x", "devices": [device]})


def test_the_catalogue_says_what_is_dangerous_and_how_outcomes_are_settled() -> None:
    kinds = {kind.name: kind for kind in command_kinds()}
    trigger = kinds["akuvox.relay.trig"]
    assert (trigger.role, trigger.setting, trigger.destroys) == ("admin", "connectors.allow", True)
    assert "sent once" in trigger.note
    create = kinds[CREATE]
    assert (create.role, create.setting, create.firmware) == ("operate", "", "BioTime servers")
    assert {one.name for one in create.parameters if one.required} == {"emp_code", "department", "area"}
    assert {one.name for one in create.parameters if one.secret} == {"card_no", "device_password"}
