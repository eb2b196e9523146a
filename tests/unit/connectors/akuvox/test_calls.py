"""Every method of the client against the document's table: target, method of HTTP, form (errata A1, A3)."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from connectors.akuvox.client import AkuvoxClient
from connectors.errors import NotSupported, RequestRefused, ServerFault
from tests.unit.connectors.akuvox.fake_station import FakeStation, client_of, ok, text_of
from wire.akuvox.functions import FUNCTIONS, Kind

Call = Callable[[AkuvoxClient], Awaitable[Any]]
ITEMS = [{"ID": "1", "Name": "Lucy"}]
SETTING = {"Config.DoorSetting.RELAY.HoldDelayA": "8"}
FILE = b"\x1f\x8b file"
INFO = {"Status": {"MAC": "0C:11:05:07:8B:71", "Model": "R29S", "FirmwareVersion": "29.1"}}

# Name in the table: the call, the data of its answer, the data that must be in its envelope (None: no envelope's data).
CALLS: dict[str, tuple[Call, Any, Any]] = {
    "system/info": (lambda c: c.system_info(), INFO, None),
    "system/status": (lambda c: c.system_status(), {"SystemTime": 1}, None),
    "system/reboot": (lambda c: c.reboot(), None, None),
    "firmware/status": (lambda c: c.firmware_status(), {"Model": "R29S"}, None),
    "firmware/prepare": (lambda c: c.prepare_firmware(), None, None),
    "firmware/upload": (lambda c: c.upload_firmware(FILE, silent=True), None, None),
    "firmware/upgrade": (lambda c: c.upgrade_firmware("25e317773f308e446cc84c503a6d1f85"), None,
                         {"md5": "25e317773f308e446cc84c503a6d1f85"}),
    "config/get": (lambda c: c.config(), {}, None),
    "config/set": (lambda c: c.set_config(SETTING), None, SETTING),
    "config/export": (lambda c: c.export_config(), FILE, None),
    "config/import": (lambda c: c.import_config(FILE), None, None),
    "config/reset_factory": (lambda c: c.reset_factory(), None, None),
    "relay/get": (lambda c: c.relay_settings(), {}, None),
    "relay/set": (lambda c: c.set_relay(SETTING), None, SETTING),
    "relay/status": (lambda c: c.relay_status(), {"RelayA": 0}, None),
    "relay/trig": (lambda c: c.trigger_relay(1, mode=1, level=1, delay=5), None,
                   {"mode": 1, "num": 1, "level": 1, "delay": 5}),
    "input/get": (lambda c: c.input_settings(), {}, None),
    "input/set": (lambda c: c.set_input(SETTING), None, SETTING),
    "input/status": (lambda c: c.input_status(), {"InputA": 1}, None),
    "publiccode/get": (lambda c: c.public_codes(), {}, None),
    "publiccode/set": (lambda c: c.set_public_codes(SETTING), None, SETTING),
    "privatekey/get": (lambda c: c.private_keys(), {}, None),
    "privatekey/add": (lambda c: c.add_private_keys(ITEMS), None, {"item": ITEMS}),
    "privatekey/set": (lambda c: c.set_private_keys(ITEMS), None, {"item": ITEMS}),
    "privatekey/del": (lambda c: c.delete_private_keys(ITEMS), None, {"item": ITEMS}),
    "privatekey/clear": (lambda c: c.clear_private_keys(), None, None),
    "privatekey/export": (lambda c: c.export_private_keys(), FILE, None),
    "privatekey/import": (lambda c: c.import_private_keys(FILE), None, None),
    "rfkey/get": (lambda c: c.rf_keys(), {}, None),
    "rfkey/add": (lambda c: c.add_rf_keys(ITEMS), None, {"item": ITEMS}),
    "rfkey/set": (lambda c: c.set_rf_keys(ITEMS), None, {"item": ITEMS}),
    "rfkey/del": (lambda c: c.delete_rf_keys(ITEMS), None, {"item": ITEMS}),
    "rfkey/clear": (lambda c: c.clear_rf_keys(), None, None),
    "rfkey/export": (lambda c: c.export_rf_keys(), FILE, None),
    "rfkey/import": (lambda c: c.import_rf_keys(FILE), None, None),
    "contact/get": (lambda c: c.contacts(), {}, None),
    "contact/add": (lambda c: c.add_contacts(ITEMS), None, {"item": ITEMS}),
    "contact/set": (lambda c: c.set_contacts(ITEMS), None, {"item": ITEMS}),
    "contact/del": (lambda c: c.delete_contacts([{"Phone": "126"}]), None, {"item": [{"Phone": "126"}]}),
    "contact/clear": (lambda c: c.clear_contacts(), None, None),
    "contact/export": (lambda c: c.export_contacts("vcf"), FILE, None),
    "contact/import": (lambda c: c.import_contacts(FILE), None, None),
    "group/get": (lambda c: c.groups(), {}, None),
    "group/add": (lambda c: c.add_groups(ITEMS), None, {"item": ITEMS}),
    "group/set": (lambda c: c.set_groups(ITEMS), None, {"item": ITEMS}),
    "group/clear": (lambda c: c.clear_groups(), None, None),
    "call/status": (lambda c: c.call_status(), {"Status": "READY"}, None),
    "call/dial": (lambda c: c.dial("192.168.1.58", "Justa"), None, {"Phone": "192.168.1.58", "DisplayName": "Justa"}),
    "call/hangup": (lambda c: c.hang_up(), None, None),
    "sip/get": (lambda c: c.sip_settings(), {}, None),
    "sip/set": (lambda c: c.set_sip(SETTING), None, SETTING),
    "sip/status": (lambda c: c.sip_status(), {}, None),
    "dialreplace/get": (lambda c: c.dial_replaces(), {}, None),
    "dialreplace/add": (lambda c: c.add_dial_replaces(ITEMS), None, {"item": ITEMS}),
    "dialreplace/set": (lambda c: c.set_dial_replaces(ITEMS), None, {"item": ITEMS}),
    "dialreplace/del": (lambda c: c.delete_dial_replaces(ITEMS), None, {"item": ITEMS}),
    "dialreplace/clear": (lambda c: c.clear_dial_replaces(), None, None),
    "dialreplace/export": (lambda c: c.export_dial_replaces(), FILE, None),
    "dialreplace/import": (lambda c: c.import_dial_replaces(FILE), None, None),
    "log/get": (lambda c: c.log_settings(), {}, None),
    "log/set": (lambda c: c.set_log(7), None, {"Config.Settings.LOGLEVEL.Level": "7"}),
    "log/export": (lambda c: c.export_log("kmsg"), FILE, None),
    "log/clear": (lambda c: c.clear_log("kmsg"), None, {"type": "kmsg"}),
    "callog/get": (lambda c: c.call_log(2, "Missed"), {}, None),
    "callog/del": (lambda c: c.delete_call("23"), None, {"ID": "23"}),
    "callog/clear": (lambda c: c.clear_call_log("Missed"), None, {"Type": "Missed"}),
    "callog/export": (lambda c: c.export_call_log(), FILE, None),
    "doorlog/get": (lambda c: c.door_log(3), {}, None),
    "doorlog/del": (lambda c: c.delete_door_event("1"), None, {"ID": "1"}),
    "doorlog/clear": (lambda c: c.clear_door_log(), None, None),
    "doorlog/export": (lambda c: c.export_door_log(), FILE, None),
    "pcap/status": (lambda c: c.pcap_status(), {}, None),
    "pcap/start": (lambda c: c.start_pcap(seconds=180), None,
                   {"type": "auto", "filter": "ip", "time": "180", "size": "1048576"}),
    "pcap/stop": (lambda c: c.stop_pcap(), None, None),
    "pcap/export": (lambda c: c.export_pcap(), FILE, None),
    "user/info": (lambda c: c.next_user_id(), {"DefaultUserId": 1}, None),
    "user/get": (lambda c: c.users(1, "All"), {}, None),
    "user/add": (lambda c: c.add_users(ITEMS), None, {"item": ITEMS}),
    "user/set": (lambda c: c.set_users(ITEMS), None, {"item": ITEMS}),
    "user/scan": (lambda c: c.scan_card(), {"RFCode": "99D78D72"}, None),
    "user/del": (lambda c: c.delete_users([{"ID": "4"}]), None, {"item": [{"ID": "4"}]}),
    "user/clear": (lambda c: c.clear_users(), None, None),
    "user/export": (lambda c: c.export_users(), {"address": "/download/UserData.tgz\n "}, None),
    "user/import": (lambda c: c.import_users(FILE), None, None),
}  # fmt: skip
NOTHING_SENT = {"user/edit"}
QUERIES = {
    "firmware/upload": {"silent": "1"}, "contact/export": {"filetype": "vcf"}, "log/export": {"type": "kmsg"},
    "callog/get": {"page": "2", "Type": "Missed"}, "doorlog/get": {"page": "3"},
    "user/get": {"page": "1", "SourceType": "All"},
}  # fmt: skip


def test_nothing_of_the_table_is_missing() -> None:
    assert set(CALLS) | NOTHING_SENT == {function.name for function in FUNCTIONS}
    assert all(callable(getattr(AkuvoxClient, function.method)) for function in FUNCTIONS)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f.name in CALLS], ids=lambda f: f.name)
async def test_target_is_that_of_the_chapter(function: Any, station: FakeStation) -> None:
    call, answered, data = CALLS[function.name]
    station.answer(web.Response(body=answered) if isinstance(answered, bytes) else ok(answered))
    station.answer(web.Response(body=FILE))  # what user/export downloads
    async with client_of(station) as client:
        result = await call(client)
    asked = station.asked[0]
    assert len(station.asked) == (2 if function.name == "user/export" else 1)
    assert asked.path == f"/api/{function.targets[0]}/{function.action}"
    assert asked.query == QUERIES.get(function.name, {})
    assert asked.method == ("GET" if function.kind is Kind.READ else "POST")
    assert asked.method in function.methods
    assert asked.headers["Connection"] == "close"
    if function.upload:
        assert list(asked.parts) == [function.upload]
        assert asked.parts[function.upload][1] == FILE
    elif asked.method == "POST":
        wanted = {"target": function.targets[0], "action": function.action}
        assert asked.envelope == (wanted if data is None else wanted | {"data": data})
        assert asked.headers["Content-Type"] == "application/json"
    else:
        assert asked.body == b""
    if function.file:
        assert result == FILE


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_method_named_in_the_catalogue_is_the_one_that_makes_the_call(function: Any) -> None:
    if function.name in CALLS:
        names = CALLS[function.name][0].__code__.co_names
        assert names[0] == function.method


async def test_user_edit_is_supported_by_nobody(station: FakeStation) -> None:
    async with client_of(station) as client:
        with pytest.raises(NotSupported, match="user/edit"):
            await client.edit_user()
    assert station.asked == []


async def test_users_are_cloned_from_a_second_station(station: FakeStation) -> None:
    station.answer(ok({"address": "/download/UserData.tgz"}), web.Response(body=FILE), ok())
    async with client_of(station) as first, client_of(station) as second:
        await second.clone_users(first)
    assert [asked.path for asked in station.asked] == [
        "/api/user/export", "/download/UserData.tgz", "/api/user/import",
    ]  # fmt: skip
    assert station.asked[2].parts == {"config": ("UserData.tgz", FILE)}


@pytest.mark.parametrize(
    "address", ["http://evil.example/x", "//evil.example/x", "/download/../etc/passwd", "/etc/passwd", "", None, 7]
)
async def test_an_export_is_fetched_from_the_download_folder_alone(address: object, station: FakeStation) -> None:
    station.answer(ok({"address": address}))
    async with client_of(station) as client:
        with pytest.raises(ServerFault, match="address"):
            await client.export_users()
    assert len(station.asked) == 1


async def test_config_by_section_and_by_item_is_a_post_without_secrets(station: FakeStation) -> None:
    station.answer(ok({"Config.DoorSetting.CLOUDSERVER.Enable": "0", "Config.DoorSetting.CLOUDSERVER.Token": "t0p"}))
    async with client_of(station) as client:
        found = await client.config(sections=["Config.DoorSetting.CLOUDSERVER"])
        station.answer(ok({}))
        await client.config(items=["Config.DoorSetting.CLOUDSERVER.Enable"])
        with pytest.raises(RequestRefused):
            await client.config(sections=["a"], items=["b"])
    assert found == {"Config.DoorSetting.CLOUDSERVER.Enable": "0"}
    assert [asked.envelope["data"] for asked in station.asked] == [
        {"filter": ["Config.DoorSetting.CLOUDSERVER"]}, {"item": ["Config.DoorSetting.CLOUDSERVER.Enable"]},
    ]  # fmt: skip


async def test_an_empty_contact_list_is_no_error(station: FakeStation) -> None:
    failed = {"retcode": -1, "action": "export", "message": "Export Failed."}
    station.answer(web.json_response(failed), web.json_response(failed))
    async with client_of(station) as client:
        assert await client.export_contacts() == b""
        with pytest.raises(ServerFault, match="Export Failed"):
            await client.export_rf_keys()  # there it is not documented


@pytest.mark.parametrize(
    "answer",
    [ok(), web.Response(body=b""), text_of(200, "<!DOCTYPE html><html>login"), web.Response(body=b"{broken")],
    ids=["no file", "empty", "web page", "broken"],
)
async def test_an_export_that_is_no_file(answer: web.Response, station: FakeStation) -> None:
    station.answer(answer)
    async with client_of(station) as client:
        with pytest.raises(ServerFault):
            await client.export_door_log()


async def test_an_empty_attachment_is_an_empty_file(station: FakeStation) -> None:
    station.answer(web.Response(body=b"", headers={"Content-Disposition": "attachment;filename=log.txt"}))
    async with client_of(station) as client:
        assert await client.export_log() == b""


WRONG: list[Call] = [
    lambda c: c.delete_users([]),
    lambda c: c.delete_users([{"ID": "1"}, {}]),
    lambda c: c.delete_rf_keys([{"ID": ""}]),
    lambda c: c.delete_contacts([{"Group": "x"}]),
    lambda c: c.add_users([]),
    lambda c: c.add_users([{"ID": "0"}] * 1001),
    lambda c: c.set_config({}),
    lambda c: c.set_config({"Token": "1"}),
    lambda c: c.trigger_relay(4),
    lambda c: c.trigger_relay(1, delay=65_536),
    lambda c: c.dial(""),
    lambda c: c.set_log(8),
    lambda c: c.export_log("secrets"),
    lambda c: c.export_contacts("exe"),
    lambda c: c.import_contacts(FILE, "exe"),
    lambda c: c.import_config(b""),
    lambda c: c.upgrade_firmware("xyz"),
    lambda c: c.door_log(0),
    lambda c: c.call_log(1, "missed"),
    lambda c: c.clear_call_log(""),
    lambda c: c.delete_door_event(""),
    lambda c: c.delete_call("1,2"),
    lambda c: c.start_pcap("auto", seconds=181),
]


@pytest.mark.parametrize("call", WRONG)
async def test_wrong_arguments_are_not_sent(call: Call, station: FakeStation) -> None:
    async with client_of(station) as client:
        with pytest.raises(RequestRefused):
            await call(client)
    assert station.asked == []


async def test_rows_come_as_sent_and_show_nothing(station: FakeStation) -> None:
    row = {"ID": "43", "Code": "5678", "Name": "Bob"}
    station.answer(web.Response(body=json.dumps({"retcode": 0, "data": {"num": 1, "item": row}}).encode() + b"\0\0"))
    async with client_of(station) as client:
        page = await client.door_log(1)
    assert page.rows == (row,)
    assert page.num == 1
    assert "5678" not in repr(page)
