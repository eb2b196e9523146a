"""The commands to polled sources: every write of the vendors' documents has one, marked as dangerous as it is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from wire.akuvox.commands import WITHOUT
from wire.akuvox.functions import FUNCTIONS, Function
from wire.akuvox.functions import Kind as AkuvoxKind
from wire.biotime.endpoints import ENDPOINTS, Endpoint, Kind
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import SourceCommand, SourceCommandInvalid, checked, summary_of
from wire.zkpush.commands import CATALOGUE

BY_METHOD = {(command.vendor, command.method): command for command in SOURCE_COMMANDS.values()}
BIOTIME_WRITES = [one for one in ENDPOINTS if one.kind in (Kind.WRITE, Kind.DANGEROUS)]
AKUVOX_WRITES = [one for one in FUNCTIONS if one.kind is not AkuvoxKind.READ]


@pytest.mark.parametrize("endpoint", BIOTIME_WRITES, ids=lambda one: one.name)
def test_every_write_of_a_server_has_a_command(endpoint: Endpoint) -> None:
    command = BY_METHOD["biotime", endpoint.client_method]
    assert endpoint.used_by == f"command {command.name}"
    assert command.effect == endpoint.kind.value
    assert all(chapter in command.chapter for chapter in endpoint.chapter.values())


@pytest.mark.parametrize("function", AKUVOX_WRITES, ids=lambda one: one.name)
def test_every_write_of_a_station_has_a_command_or_a_reason(function: Function) -> None:
    command = BY_METHOD.get(("akuvox", function.method))
    assert (command is None) == bool(WITHOUT.get(function.name))
    if command is None:
        assert function.used_by == "client only"
        return
    assert command.name == f"akuvox.{function.targets[0]}.{function.action}"
    assert function.used_by == f"command {command.name}"
    assert (command.effect, command.chapter) == (function.kind.value, function.chapter)


def test_there_is_no_command_without_a_write_behind_it() -> None:
    methods = {("biotime", one.client_method) for one in BIOTIME_WRITES} | {
        ("akuvox", one.method) for one in AKUVOX_WRITES
    }
    assert {key for key in BY_METHOD if key[0] != "connector"} <= methods
    reads = {one.name: one.used_by for one in ENDPOINTS if one not in BIOTIME_WRITES}
    reads |= {one.name: one.used_by for one in FUNCTIONS if one not in AKUVOX_WRITES}
    assert not [name for name, used_by in reads.items() if used_by.startswith("command")]


def test_names_are_unlike_those_of_device_commands() -> None:
    assert not set(SOURCE_COMMANDS) & set(CATALOGUE)
    assert all(re.fullmatch(r"(biotime|akuvox|connector)(\.[a-z_]+)+", name) for name in SOURCE_COMMANDS)


@pytest.mark.parametrize("command", SOURCE_COMMANDS.values(), ids=lambda one: one.name)
def test_what_is_dangerous_is_the_administrators_and_what_nobody_can_read_back_is_sent_once(
    command: SourceCommand,
) -> None:
    assert (command.role == "admin") == (command.effect == "dangerous" or command.name == "connector.new_epoch")
    if command.vendor != "connector":
        # The second claim of what cannot be read back only tells that nobody knows.
        assert command.max_sends >= (3 if command.read_back and "never sent" not in command.read_back else 2)
    names = [argument.name for argument in command.arguments]
    assert len(names) == len(set(names))


def test_what_is_meant_for_now_waits_for_a_minute_at_most() -> None:
    assert {name for name, command in SOURCE_COMMANDS.items() if command.life_seconds == 60.0} == {
        "akuvox.relay.trig", "akuvox.call.dial", "akuvox.call.hangup", "biotime.mobile.clock_in",
    }  # fmt: skip


# Never by themselves, or off by default: spec/connectors.md (e).
DANGEROUS = [
    "biotime.terminal.clear_all",
    "biotime.terminal.clear_capture",
    "biotime.terminal.clear_command",
    "biotime.terminal.reboot",
    "biotime.terminal.delete",
    "biotime.employee.delete",
    "biotime.employee.del_bio_template",
    "biotime.mobile.reset_password",
    "biotime.mobile.create_password",
    "biotime.mobile.reset_employee_password",
    "biotime.mobile.forgot_password_create_otp",
    "akuvox.config.reset_factory",
    "akuvox.config.import",
    "akuvox.config.set",
    "akuvox.firmware.upgrade",
    "akuvox.firmware.upload",
    "akuvox.doorlog.clear",
    "akuvox.doorlog.del",
    "akuvox.calllog.clear",
    "akuvox.calllog.del",
    "akuvox.user.clear",
    "akuvox.relay.trig",
    "akuvox.call.dial",
    "akuvox.system.reboot",
    "akuvox.publiccode.set",
]


@pytest.mark.parametrize("name", DANGEROUS)
def test_these_are_dangerous(name: str) -> None:
    assert SOURCE_COMMANDS[name].effect == "dangerous"


SECRETS: dict[str, dict[str, Any]] = {
    "biotime.employee.create": {"card_no": "99", "device_password": "4321", "fields": {"self_password": "77"}},
    "biotime.mobile.reset_employee_password": {"password": "4321"},
    "akuvox.user.add": {"card": "0CAFE", "pin": "4321"},
    "akuvox.rfkey.add": {"code": "0CAFE"},
    "akuvox.privatekey.set": {"code": "4321"},
    "akuvox.publiccode.set": {"values": {"Config.DoorSetting.PASSWORD.PublicKey": "4321"}},
    "akuvox.user.import": {"content": "QUJD"},
}


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_in_no_summary(name: str) -> None:
    command = SOURCE_COMMANDS[name]
    summary = summary_of(command, SECRETS[name])
    assert not re.search("4321|99|77|CAFE|QUJD", summary)
    assert all(f"{argument}=***" in summary for argument in SECRETS[name])


def test_arguments_are_checked() -> None:
    create = SOURCE_COMMANDS["biotime.employee.create"]
    given = {"emp_code": "007", "department": "1", "area": "2, 3", "hire_date": "2026-03-01", "enable_att": "1"}
    assert checked(create, given) == {**given, "area": ["2", "3"], "enable_att": True}
    for wrong, words in (
        ({"department": "1", "area": "2"}, "emp_code is missing"),
        ({**given, "hire_date": "1.3.2026"}, "hire_date must be a date"),
        ({**given, "salary": "1"}, "there is no argument 'salary'"),
    ):
        with pytest.raises(SourceCommandInvalid, match=words):
            checked(create, wrong)
    with pytest.raises(SourceCommandInvalid, match="num must be one of 1, 2, 3"):
        checked(SOURCE_COMMANDS["akuvox.relay.trig"], {"num": 4})
