"""raw.device to device.input: C02, C48 to C50, C58, ticks, strangers, refusals."""

from __future__ import annotations

import pytest

from processors.normalize.records import DevicePeriods
from schemas.deadletters import Reason
from schemas.devices import InputKind
from tests.unit.processors.normalize.raw import RECEIVED, SERIAL, converted

HANDSHAKE = b"SN=TST1&options=all&language=69&pushver=2.4.1&DeviceType=middle%20east&PushOptionsFlag=1&pushcommkey=abc"


def test_a_handshake_tells_its_parameters_without_keys() -> None:
    (told,) = converted("HANDSHAKE", HANDSHAKE).inputs
    assert (told.kind, told.device, told.site, told.zone, told.at) == (
        InputKind.HANDSHAKE, SERIAL, "north", "UTC", RECEIVED,
    )  # fmt: skip
    assert told.query == {
        "sn": "TST1", "options": "all", "language": "69", "pushver": "2.4.1", "devicetype": "middle east",
        "pushoptionsflag": "1",
    }  # fmt: skip
    assert (told.raw_topic, told.raw_partition, told.raw_offset, told.edge) == ("raw.device", 3, 41, "edge-1")


def test_presence_has_the_info_as_sent() -> None:
    (told,) = converted("PRESENCE", b"Ver 6.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101").inputs
    assert (told.kind, told.info) == (
        InputKind.PRESENCE, "Ver 6.8.0(build640), 2, 0, 0, 192.168.1.201, 10, -1, -12, 101",
    )  # fmt: skip


def test_c48_options_keep_the_vendors_comma_and_no_password() -> None:
    body = b"~DeviceName=SF-V5L,~OEMVendor=ZKTeco Co., Ltd.,MAC=00:17:61:00:00:01,WorkCode=,FaceFunOn=1,ComKey=4711"
    found = converted("OPTIONS", body)
    (told,) = found.inputs
    assert told.options == {
        "~DeviceName": "SF-V5L", "~OEMVendor": "ZKTeco Co., Ltd.", "MAC": "00:17:61:00:00:01", "WorkCode": "",
        "FaceFunOn": "1",
    }  # fmt: skip
    assert found.pieces[0].upload is not None


def test_c50_a_registration_is_options() -> None:
    (told,) = converted("REGISTRY", b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1").inputs
    assert (told.kind, told.options["FirmVer"]) == (InputKind.OPTIONS, "AC Ver 5.7.8")


def test_c58_a_session_begins_like_a_handshake() -> None:
    (told,) = converted("PUSH", b"", query="SN=ACC0000000007&pushver=3.1.2").inputs
    assert (told.kind, told.table, told.query["pushver"]) == (InputKind.HANDSHAKE, "PUSH", "3.1.2")


@pytest.mark.parametrize(
    ("table", "kind", "body", "field", "value"),
    [
        ("TICK", InputKind.TICK, b"", "table", ""),
        ("STRANGER", InputKind.STRANGER, b"Ver 6, 1, 2", "info", "Ver 6, 1, 2"),
        ("REFUSED", InputKind.REFUSED, b"com_key_wrong", "table", "com_key_wrong"),
    ],
)
def test_other_kinds(table: str, kind: InputKind, body: bytes, field: str, value: str) -> None:
    (told,) = converted(table, body, device=DevicePeriods((), 0)).inputs
    assert (told.kind, getattr(told, field), told.site) == (kind, value, "")


def test_what_nobody_serves_is_no_input() -> None:
    assert converted("PING", b"").events == []


def test_options_that_are_none_are_a_dead_letter_beside_the_good_ones() -> None:
    found = converted("OPTIONS", b"MAC=1\nrubbish\nFaceFunOn=1\n")
    assert found.inputs[0].options == {"MAC": "1", "FaceFunOn": "1"}
    assert [(row.reason, row.line) for row in found.dead] == [(Reason.NOT_A_ROW, 2)]
