"""The catalogue: every command with its bytes, its marks and its chapters (document VI, errata Z10, Z12, Z14)."""

import dataclasses
import re

import pytest

from tests.unit.wire.commands.examples import DOCUMENT, EXAMPLES, Example
from wire.zkpush.commands import CATALOGUE, Answer, Firmware, Kind, Role, build
from wire.zkpush.commands.catalogue import find_entry
from wire.zkpush.errors import CommandInvalid, Poison


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_exact_bytes(example: Example) -> None:
    assert build(example.name, example.arguments).text == example.line


def test_every_entry_has_an_example() -> None:
    assert {example.name for example in EXAMPLES} == set(CATALOGUE)


def test_every_parameter_stands_in_an_example() -> None:
    """Else its place and its key were never seen."""
    shown = {(example.name, argument) for example in EXAMPLES for argument in example.arguments}
    defaults = {
        (entry.name, parameter.name)
        for entry in CATALOGUE.values()
        for parameter in entry.parameters
        if parameter.kind is Kind.LENGTH or parameter.default is not None
    }
    missing = {(entry.name, one.name) for entry in CATALOGUE.values() for one in entry.parameters} - shown - defaults
    assert missing == {
        ("user.update", "verify"),
        ("user.update", "second_card"),
        ("biodata.query", "number"),
        ("biophoto.delete", "type"),
        ("enroll.biometric", "number"),
    }


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        (
            "user.update",
            {"pin": "1", "verify": -1, "second_card": "7"},
            b"DATA UPDATE USERINFO PIN=1\tVerify=-1\tViceCard=7",
        ),
        ("biodata.query", {"type": 1, "pin": "1", "number": 7}, b"DATA QUERY BIODATA Type=1\tPin=1\tNo=7"),
        ("biophoto.delete", {"pin": "1", "type": 9}, b"DATA DELETE BIOPHOTO PIN=1\tType=9"),
        (
            "enroll.biometric",
            {"type": 1, "number": 6, "pin": "1", "overwrite": 0},
            b"ENROLL_BIO TYPE=1\tNO=6\tPIN=1\tCardNo=\tRETRY=3\tOVERWRITE=0",
        ),
    ],
)
def test_rare_parameters(name: str, arguments: dict[str, str | int], line: bytes) -> None:
    assert build(name, arguments).text == line


def test_every_chapter_with_commands_is_there() -> None:
    chapters = {entry.chapter.removeprefix("VI ") for entry in CATALOGUE.values() if entry.chapter.startswith("VI ")}
    assert chapters == {
        *("1", "2", "3", "4", "5", "6", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8", "7.9", "7.10"),
        *("7.11.1", "7.11.2", "7.11.3", "7.12.1", "7.12.2", "7.13.1", "7.13.2", "7.13.3", "7.13.4", "7.14.1"),
        *("7.15.1", "7.15.2", "7.15.4", "7.16.1", "7.16.2", "7.17.1", "7.17.2", "7.17.3"),
        *("8", "9", "10.1", "10.2", "11.1", "11.2", "11.3", "12.1", "13.1"),
    }
    assert {CATALOGUE[example.name].chapter[:3] for example in DOCUMENT} == {"VI "}


def test_entries_are_whole() -> None:
    for name, entry in CATALOGUE.items():
        assert name == entry.name
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", name)
        assert entry.chapter.startswith(("VI ", "field: ", "zk-push.md "))
        assert entry.title
        assert entry.max_sends in (1, 3)
        assert (entry.uploads != "") == (entry.answer is Answer.UPLOADS)
        names = [parameter.name for parameter in entry.parameters]
        assert len(names) == len(set(names))
        assert set(entry.all_keys) <= set(names)
        assert {need.parameter for need in entry.prerequisites} <= set(names)
        keys = [parameter.key for parameter in entry.parameters if parameter.key]
        assert len(keys) == len(set(keys))
        assert all(parameter.of in names for parameter in entry.parameters if parameter.of)
        assert all(parameter.needs in names for parameter in entry.parameters if parameter.needs)
        assert all(parameter.choices for parameter in entry.parameters if parameter.kind is Kind.CHOICE)


def test_entries_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE["raw"].role = Role.OPERATE  # type: ignore[misc] # that it cannot be is what is tested


def test_z10_update_delete_and_query_stand_behind_data() -> None:
    """Document VI 7.1; half of the chapters print them alone."""
    assert not [entry.name for entry in CATALOGUE.values() if entry.words.startswith(("UPDATE", "DELETE", "QUERY"))]
    tables = [entry for entry in CATALOGUE.values() if re.match(r"DATA (UPDATE|DELETE|QUERY|COUNT|FP)\b", entry.words)]
    assert {entry.name for entry in tables} == {
        entry.name for entry in CATALOGUE.values() if entry.words.startswith("DATA")
    }


def test_what_destroys() -> None:
    assert {entry.name for entry in CATALOGUE.values() if entry.destroys} == {
        *("log.clear", "data.clear", "photo.clear", "user.clear", "bell.clear", "biodata.clear", "admin.clear"),
        *("function_key.reset", "timezone.reset", "timezone.delete", "bell.delete", "sms.delete", "workcode.delete"),
        *("user.delete", "picture.delete", "fingerprint.delete", "face.delete", "finger_vein.delete"),
        *("biodata.delete", "biophoto.delete", "jobcode.delete", "jobcode_group.delete"),
        *("access.user_delete", "access.unauthorize", "access.data_delete"),
        *("device.shell", "file.put", "file.put_records", "raw"),
    }


def test_what_must_not_happen_twice() -> None:
    once = {entry.name for entry in CATALOGUE.values() if entry.max_sends == 1}
    assert once >= {"device.reboot", "access.reboot", "device.shell", "door.unlock", "access.output", "raw"}
    assert once >= {"enroll.fingerprint", "enroll.card", "enroll.biometric", "firmware.upgrade", "file.put"}
    assert once >= {name for name in CATALOGUE if name.endswith((".clear", ".reset"))}
    assert CATALOGUE["user.update"].max_sends == 3


def test_what_ends_an_answer() -> None:
    assert {entry.name for entry in CATALOGUE.values() if entry.last} == {
        *("device.reboot", "device.check", "data.clear", "access.reboot", "firmware.upgrade", "raw"),
        *("edge.rehandshake", "edge.resend"),
    }


def test_z14_shell_and_files_need_the_admin_and_a_setting() -> None:
    gates = {entry.name: (entry.role, entry.gate) for entry in CATALOGUE.values() if entry.gate}
    assert gates == {
        "device.shell": (Role.ADMIN, "allow_shell"),
        "file.get": (Role.ADMIN, "allow_files"),
        "file.put": (Role.ADMIN, "allow_files"),
        "file.put_records": (Role.ADMIN, "allow_files"),
        "file.append_records": (Role.ADMIN, "allow_files"),
        "firmware.upgrade": (Role.ADMIN, "allow_files"),
    }
    assert CATALOGUE["raw"].role is Role.ADMIN


def test_z12_what_changes_the_meaning_of_a_punch_state() -> None:
    assert {entry.name for entry in CATALOGUE.values() if entry.remaps_states} == {
        *("function_key.update", "attendance_state.map", "shortcut_key.update", "function_key.reset")
    }


def test_the_access_dialect_is_told_apart() -> None:
    access = {entry.name for entry in CATALOGUE.values() if entry.firmware is Firmware.ACCESS}
    assert access == {name for name in CATALOGUE if name.startswith("access.")}


def test_an_unknown_name() -> None:
    with pytest.raises(CommandInvalid, match=r"'user\.fly' is no command"):
        find_entry("user.fly")
    assert issubclass(CommandInvalid, Poison)
