"""Asking for commands: who may, what is checked, in which waves it goes, what is written in which order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from ingest.commands.desk import CommandDesk
from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.commands.orders import Operator, Order
from runtime.command_texts import open_text
from runtime.settings import Settings, load_settings
from schemas.command_state import LONGEST_LIFE_MS, CommandStatus
from schemas.registry import DevicePeriod
from tests.unit.ingest.commands.stand_ins import (
    ANNA,
    AT,
    PERIOD,
    MemoryKafka,
    MemoryRegistryView,
    MemoryView,
    desk,
    request,
)
from tests.unit.ingest.stand_ins import KEYS

OPERATE = Operator("omar", "operate", "api", "10.0.0.1")


class Office:
    """A desk and what it writes to; devices SN1 to SN9 are known."""

    def __init__(self, *overrides: str, **options: Any) -> None:
        self.kafka = MemoryKafka()
        self.registry = MemoryRegistryView()
        for number in range(1, 10):
            self.registry.put(f"SN{number}", PERIOD)
        self.view = MemoryView(self.kafka)
        settings: Settings = load_settings(None, overrides)
        self.desk: CommandDesk = desk(self.kafka, self.registry, settings, self.view, **options)

    async def ask(self, name: str, targets: int = 1, operator: Operator = ANNA, **more: Any) -> list[Any]:
        arguments = more.pop("arguments", {})
        serials = [f"SN{number}" for number in range(1, targets + 1)]
        result = await self.desk.request(serials, name, arguments, operator=operator, **more)
        return list(result.commands)

    @property
    def audit(self) -> list[dict[str, Any]]:
        return [orjson.loads(value) for topic, value in self.kafka.others if topic == "audit"]


async def test_what_is_asked_for_is_audited_sealed_and_open() -> None:
    office = Office()
    result = await office.desk.request(
        ["SN1"], "user.update", {"pin": "1", "name": "Ann", "password": "4711"}, operator=OPERATE, reason="new"
    )
    (ordered,) = result.commands
    assert (ordered.serial, ordered.name, ordered.refusal) == ("SN1", "user.update", "")
    (command,) = office.view.open_of("SN1")
    requested = command.state.requested
    assert requested.command_id == ordered.command_id
    assert b"Passwd=4711" in open_text(KEYS, command)
    assert b"4711" not in b"".join(one.value or b"" for one in office.kafka.commands)
    assert b"4711" not in b"".join(value for _, value in office.kafka.others)
    assert (requested.by, requested.reason, requested.tenant, requested.site) == ("omar", "new", "acme", "north")
    assert (requested.batch, requested.max_sends, requested.confirm) == (result.batch, 3, False)
    assert requested.expires_at == AT + 7 * 86_400_000
    (audit,) = office.audit
    assert (audit["who"], audit["role"], audit["via"], audit["address"]) == ("omar", "operate", "api", "10.0.0.1")
    assert (audit["action"], audit["target"], audit["reason"]) == ("command.request", "SN1", "new")
    assert audit["details"]["batch"] == result.batch


async def test_ids_are_digits_that_nobody_has_there() -> None:
    class Few(Random):
        def randrange(self, *_: Any, **__: Any) -> int:
            return self.choice([11, 12, 13])

    office = Office(random=Few(1))
    request(office.kafka, "11")
    office.view.read_all()
    orders = [Order("SN1", "device.info"), Order("SN1", "device.reload_options"), Order("SN2", "device.info")]
    result = await office.desk.request_many(orders, operator=ANNA)
    assert sorted(one.command_id for one in result.commands[:2]) == ["12", "13"]
    assert [event.device for event in office.kafka.events if event.command_id == "11"].count("SN1") == 1


async def test_an_id_that_another_desk_took_first_is_given_up() -> None:
    office = Office(random=Random(5))
    taken = str(Random(5).randrange(1, 1_000_000_000))
    request(office.kafka, taken)  # in the log, not yet read here
    (ordered,) = await office.ask("device.info")
    assert ordered.command_id != taken
    assert {one.state.requested.command_id for one in office.view.open_of("SN1")} == {taken, ordered.command_id}
    assert office.kafka.steps(taken) == ["requested", "requested"]


@pytest.mark.parametrize(
    ("name", "operator", "more", "words"),
    [
        ("no.such", ANNA, {}, "is no command"),
        ("device.info", Operator("ro", "read", "api"), {}, "needs the role operate"),
        ("raw", OPERATE, {"arguments": {"line": "X"}}, "needs the role admin"),
        ("device.shell", ANNA, {"arguments": {"command": "ls"}}, "control.allow_shell"),
        ("file.get", ANNA, {"arguments": {"path": "x"}}, "control.allow_files"),
        ("log.clear", ANNA, {}, "--yes"),
        ("log.clear", ANNA, {"yes": True, "reason": " "}, "give a reason"),
        ("option.set", ANNA, {"arguments": {"item": "IPAddress", "value": "10.0.0.9"}}, "can cut the device off"),
        ("device.info", ANNA, {"expires_after_seconds": 0}, "more than 0 s"),
        ("device.info", ANNA, {"expires_after_seconds": LONGEST_LIFE_MS / 1000 + 1}, "up to 25 days"),
        ("device.info", ANNA, {"targets": 0}, "1 to 100000"),
    ],
)
async def test_what_may_not_be_asked_for_is_refused_whole_and_leaves_nothing(
    name: str, operator: Operator, more: dict[str, Any], words: str
) -> None:
    office = Office()
    with pytest.raises(CommandRefused, match=words):
        await office.ask(name, operator=operator, **more)
    assert office.kafka.commands == []
    assert office.audit == []


async def test_what_the_settings_and_the_role_allow_is_taken() -> None:
    office = Office("control.allow_shell=true")
    (ordered,) = await office.ask("device.shell", arguments={"command": "ls"}, yes=True, reason="look")
    assert ordered.command_id
    with pytest.raises(CommandRefused, match="needs the role admin"):
        await office.ask("device.shell", operator=OPERATE, arguments={"command": "ls"}, yes=True, reason="look")


async def test_what_one_device_cannot_have_is_refused_for_it_alone() -> None:
    office = Office()
    office.registry.put("SN2", DevicePeriod(tenant="keyless"))
    office.registry.put("SN3", DevicePeriod(tenant="acme", admission="refuse"))
    del office.registry.records["SN4"]
    office.registry.put("SN5", DevicePeriod(tenant="acme", charset="gb18030"))
    name = "王" * 20  # 60 bytes in utf-8, 40 in gb18030
    commands = await office.ask("user.update", 5, arguments={"pin": "1", "name": name})
    assert [bool(one.command_id) for one in commands] == [False, False, False, False, True]
    words = ["bytes", "bytes", "approve it first", "approve it first", ""]
    assert [word in one.refusal for word, one in zip(words, commands, strict=True)] == [True] * 5
    commands = await office.ask("device.info", 2)
    assert commands[0].command_id
    assert "no key" in commands[1].refusal


async def test_nothing_left_is_no_batch() -> None:
    office = Office()
    office.registry.records.clear()
    result = await office.desk.request(["SN1"], "device.info", {}, operator=ANNA)
    assert result.batch == ""
    assert office.audit == []


async def test_prerequisites_are_looked_up_where_options_are_known() -> None:
    arguments = {"pin": "1", "threshold": 20}
    name = "user.update_extended"
    reported: dict[str, dict[str, str]] = {"SN2": {"USAUser1to1FPThresholdFunOn": "1"}, "SN3": {"Other": "1"}}
    from wire.zkpush.commands import CATALOGUE

    parameters = [parameter.name for parameter in CATALOGUE[name].parameters]
    arguments = {"pin": "1", next(one for one in parameters if "thres" in one): 20}
    commands = await Office(device_options=reported.get).ask(name, 3, arguments=arguments)
    assert [bool(one.command_id) for one in commands] == [False, True, False]
    assert "its options are not known" in commands[0].refusal
    assert "USAUser1to1FPThresholdFunOn must be 1" in commands[2].refusal
    assert "not known" not in commands[2].refusal
    assert all(one.command_id for one in await Office().ask(name, 3, arguments=arguments))


async def test_what_can_cut_devices_off_goes_to_one_first_then_in_doubling_waves() -> None:
    office = Office()
    set_server: dict[str, Any] = {
        "arguments": {"item": "WebServerIP", "value": "10.0.0.9"},
        "yes": True,
        "reason": "move",
    }
    commands = await office.ask("option.set", 9, **set_server)
    states = [office.view.find(one.serial, one.command_id) for one in commands]
    assert [one.requested.wave for one in states if one] == [0, 1, 2, 2, 3, 3, 3, 3, 4]
    assert [one.requested.waits_for for one in states if one] == [0, 1, 2, 2, 4, 4, 4, 4, 8]
    assert all(one.requested.confirm for one in states if one)
    assert [one.requested.device for one in office.view.open_commands() if office.view.may_go(one, AT)] == ["SN1"]
    with pytest.raises(CommandRefused, match="one device first"):
        await office.ask("option.set", 2, canary=False, **set_server)
    (alone,) = await office.ask("option.set", 1, canary=False, **set_server)
    assert alone.command_id


async def test_harmless_ones_go_at_once_unless_a_canary_is_asked_for() -> None:
    office = Office()
    for canary, waves in ((None, [0, 0, 0]), (True, [0, 1, 2])):
        commands = await office.ask("device.info", 3, canary=canary)
        states = [office.view.find(one.serial, one.command_id) for one in commands]
        assert [one.requested.wave for one in states if one] == waves
        assert [one.requested.confirm for one in states if one] == [bool(canary)] * 3


async def test_all_commands_of_a_device_are_in_its_wave() -> None:
    office = Office()
    orders = [Order(f"SN{device}", "device.info") for device in (1, 1, 1, 2, 2, 3)]
    result = await office.desk.request_many(orders, operator=ANNA, canary=True)
    states = [office.view.find(one.serial, one.command_id) for one in result.commands]
    assert [(one.requested.wave, one.requested.waits_for) for one in states if one] == [
        (0, 0), (0, 0), (0, 0), (1, 3), (1, 3), (2, 5),
    ]  # fmt: skip


async def test_a_device_has_so_many_open_commands_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.commands.drafts.MAX_OPEN_PER_DEVICE", 3)
    office = Office()
    orders = [Order("SN1", "device.info") for _ in range(5)]
    result = await office.desk.request_many(orders, operator=ANNA)
    assert [bool(one.command_id) for one in result.commands] == [True, True, True, False, False]
    (more,) = await office.ask("device.info")
    assert "has 3 open commands" in more.refusal


async def test_what_kafka_does_not_take_is_said() -> None:
    office = Office()
    office.kafka.mode = "fail"
    with pytest.raises(CommandNotStored):
        await office.ask("device.info")


async def test_the_audit_comes_before_the_command() -> None:
    office = Office()
    seen: list[str] = []
    append = office.kafka.append

    def noted(topic: str, *args: Any, **options: Any) -> Any:
        seen.append(topic)
        return append(topic, *args, **options)

    office.kafka.append = noted  # type: ignore[method-assign]  # to see the order
    (ordered,) = await office.ask("device.info")
    await office.desk.cancel("SN1", ordered.command_id, operator=OPERATE, reason="no longer")
    assert seen == ["audit", "commands", "audit", "commands"]


async def test_cancelling() -> None:
    office = Office()
    (ordered,) = await office.ask("device.info")
    with pytest.raises(CommandRefused, match="needs the role operate"):
        await office.desk.cancel("SN1", ordered.command_id, operator=Operator("ro", "read", "api"), reason="x")
    state = await office.desk.cancel("SN1", ordered.command_id, operator=OPERATE, reason="no longer")
    assert (state.status, state.end_reason) == (CommandStatus.CANCELLED, "no longer")
    assert not office.view.has_open("SN1")
    with pytest.raises(CommandRefused, match="has ended: cancelled"):
        await office.desk.cancel("SN1", ordered.command_id, operator=OPERATE, reason="again")
    with pytest.raises(CommandRefused, match="has no command 1"):
        await office.desk.cancel("SN1", "1", operator=OPERATE, reason="x")


async def test_a_file_of_ours_gets_its_address_and_any_other_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fw").mkdir()
    (tmp_path / "fw" / "main.tgz").write_bytes(b"x")
    gates = ("control.allow_files=true", f"control.files_folder={tmp_path}")
    office = Office(*gates, "control.public_url=http://edge.example:8080")
    put: dict[str, Any] = {"yes": True, "reason": "update"}
    (ordered,) = await office.ask("file.put", arguments={"url": "fw/main.tgz"}, **put)
    assert ordered.refusal == ""
    (command,) = office.view.open_of("SN1")
    assert open_text(KEYS, command) == b"PutFile http://edge.example:8080/iclock/file?SN=SN1&url=fw/main.tgz"
    for name in ("fw/other.tgz", "fw", "fw/../../x"):
        (ordered,) = await office.ask("file.put", arguments={"url": name}, **put)
        assert "there is no file" in ordered.refusal or ".." in ordered.refusal
    (ordered,) = await office.ask("file.put", arguments={"url": "http://other.example/x"}, **put)
    assert ordered.refusal == ""
    (ordered,) = await Office("control.allow_files=true").ask("file.put", arguments={"url": "x"}, **put)
    assert "files_folder, which is not set" in ordered.refusal


async def test_two_desks_at_once_do_not_disturb_each_other() -> None:
    office = Office()
    results = await asyncio.gather(*(office.ask("device.info", 3) for _ in range(5)))
    assert len({(one.serial, one.command_id) for commands in results for one in commands}) == 15
