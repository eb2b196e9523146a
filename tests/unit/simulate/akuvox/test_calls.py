"""Every line of the document's table "HTTP API Functions", and what writes change."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulate.akuvox.calls import CALLS
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.run import AkuvoxStations
from tests.unit.simulate.akuvox.stations import Reader, quiet, reading

_BOTH = {
    "system": "info status reboot",
    "firmware": "status prepare upgrade",
    "config": "get export reset_factory",
    "relay": "get status trig",
    "input": "get status",
    "publiccode": "get",
    "privatekey": "get clear export",
    "rfkey": "get clear export",
    "contact": "get clear export",
    "group": "get clear",
    "call": "status dial hangup",
    "sip": "get status",
    "dialreplace": "get clear export import",
    "log": "get export clear",
    "callog": "get clear export",
    "doorlog": "get clear export",
    "pcap": "status start stop export",
    "user": "info get edit clear export",
}
_POST = {
    "firmware": "upload",
    "config": "set import",
    "relay": "set",
    "input": "set",
    "publiccode": "set",
    "privatekey": "add set del import",
    "rfkey": "add set del import",
    "contact": "add set del import",
    "group": "add set",
    "sip": "set",
    "dialreplace": "add set del",
    "log": "set",
    "callog": "del",
    "doorlog": "del",
    "user": "add set scan del import",
}
BOTH = [f"{target}/{action}" for target, actions in _BOTH.items() for action in actions.split(" ")]
POST = [f"{target}/{action}" for target, actions in _POST.items() for action in actions.split(" ")]


def test_the_table_is_whole() -> None:
    ours = {f"{target}/{action}" for target, actions in CALLS.items() for action in actions}
    assert ours - {name for name in ours if name.startswith("calllog/")} == {*BOTH, *POST}
    assert (len(BOTH), len(POST)) == (53, 32)
    by_get = {f"{t}/{a}" for t, actions in CALLS.items() for a, function in actions.items() if function.get}
    # by GET too: the sample of "HTTP API Method", and the chapter of user add
    assert {name for name in by_get if "calllog" not in name} - {*BOTH} == {"contact/add", "user/add"}


@pytest.mark.parametrize("name", [*BOTH, *POST])
async def test_every_call_answers(tmp_path: Path, name: str) -> None:
    async with reading(quiet(tmp_path, rows_at_start=1)) as reader:
        target, action = name.split("/")
        answers = [
            await reader.http.post("/api/", json={"target": target, "action": action, "data": {}}),
            await AgainReady.get(reader, name),
        ]
        for method, answer in zip(("POST", "GET"), answers, strict=True):
            assert answer.status_code == 200
            unsupported = b"unsupport action" in answer.content
            by_get = name in BOTH or name in ("contact/add", "user/add")
            assert unsupported == (name == "user/edit" or (method == "GET" and not by_get))
            if answer.headers["Content-Type"] == "application/json":
                assert {"retcode", "action", "message"} <= answer.json().keys()
            else:
                assert answer.headers["Content-Disposition"].startswith("attachment;filename=")


class AgainReady:
    """A call after a reboot would find nobody."""

    @staticmethod
    async def get(reader: Reader, name: str) -> httpx.Response:
        reader.station.offline(0.0)
        return await reader.http.get(f"/api/{name}")


async def test_how_a_call_is_named(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        envelope = {"target": "system", "action": "status"}
        assert (await reader.http.post("/api/system/status", json=envelope)).json()["retcode"] == 0
        bare = (await reader.http.post("/api/system/status", json={})).json()
        assert bare == {"retcode": -1, "action": "unknow", "message": "no hanlders"}
        assert (await reader.http.post("/api/", content=b"{")).json()["retcode"] == -1
        assert (await reader.http.post("/api/", content=b"[1]")).json()["retcode"] == -1
        assert (await reader.get("system/dance"))["message"] == "unsupport action"
        assert (await reader.http.get("/index.html")).status_code == 404
        assert (await reader.http.put("/api/system/info")).status_code == 405


async def test_identity_and_status(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        status = (await reader.get("system/info"))["data"]["Status"]
        assert status == {
            "FirmwareVersion": "105.30.10.22",
            "HardwareVersion": "105.3.0",
            "MAC": "0C:11:05:00:00:01",
            "Model": "A05",
        }
        data = (await reader.get("system/status"))["data"]
        assert isinstance(data["SystemTime"], int)
        assert data["UpTime"] >= 3600
        reader.station.quirks = Quirks(time_as_text=True)
        assert isinstance((await reader.get("system/status"))["data"]["SystemTime"], str)


async def test_keys_change_and_survive_export_and_import(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        keys = [{"Code": "12345678", "Name": "Lucy & <Co>", "Mon": "0"}, {"Code": "66666666", "Name": "Carol"}]
        added = await reader.post("privatekey/add", {"item": keys})
        assert added["data"]["item"][0] == {"Ret": 0, "ID": "1", "Code": "12345678", "Name": "Lucy & <Co>"}
        again = await reader.post("privatekey/add", {"item": keys[0]})
        assert again["data"]["item"][0]["Ret"] == -1, "a code is there once"
        await reader.post("privatekey/set", {"item": [{"ID": "2", "Name": "Karla"}]})
        missing = await reader.post("privatekey/set", {"item": [{"ID": "9", "Name": "Nobody"}]})
        assert missing["data"]["item"] == [{"Ret": -1, "ID": "9", "Name": "Nobody"}]
        before = (await reader.get("privatekey/get"))["data"]
        assert [(item["Name"], item["Mon"], item["TimeEnd"]) for item in before["item"]] == [
            ("Lucy & <Co>", "0", "00:00"),
            ("Karla", "1", "00:00"),
        ]
        exported = (await reader.http.get("/api/privatekey/export")).content
        deleted = await reader.post("privatekey/del", {"item": [{"Code": "12345678"}, {"Name": "Nobody"}]})
        assert [item["Ret"] for item in deleted["data"]["item"]] == [0, -1]
        assert (await reader.get("privatekey/get"))["data"]["num"] == 1
        assert (await reader.upload("privatekey/import", "config", exported))["retcode"] == 0
        names = [item["Name"] for item in (await reader.get("privatekey/get"))["data"]["item"]]
        assert names == ["Lucy & <Co>", "Karla"]
        for bad in (b"no xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'):
            assert (await reader.upload("privatekey/import", "config", bad))["retcode"] == -1
        assert (await reader.upload("privatekey/import", "file", exported))["message"] == "No file"
        cards = await reader.post("rfkey/add", {"item": [{"Code": "00B4161D"}, {"Code": "00B4161E"}]})
        assert [item["Ret"] for item in cards["data"]["item"]] == [1, 2], "as the document's sample"
        assert (await reader.post("rfkey/add", {"item": [{"Name": "no code"}]}))["retcode"] == -100
        assert (await reader.post("rfkey/add", {"item": "x"}))["retcode"] == -100


async def test_contacts_and_groups(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        assert (await reader.get("contact/export"))["message"] == "Export Failed."
        assert (await reader.get("contact/add", name="Johnson", phone="110"))["retcode"] == 0
        await reader.post("contact/add", {"item": [{"Name": "Zoë, B.", "Phone": "111", "Group": "FLOOR-1"}]})
        for kind in ("csv", "xml", "vcf"):
            file = await reader.http.get("/api/contact/export", params={"filetype": kind})
            assert file.headers["Content-Disposition"] == f"attachment;filename=Contacts.{kind}"
            await reader.get("contact/clear")
            assert (await reader.upload("contact/import", "config", file.content))["retcode"] == 0
            items = (await reader.get("contact/get"))["data"]["item"]
            assert [(item["Name"], item["Phone"]) for item in items] == [("Johnson", "110"), ("Zoë, B.", "111")]
        group = await reader.post("group/add", {"item": [{"ID": "0", "Name": "FLOOR2"}]})
        assert group["data"]["item"] == [{"Ret": 0, "ID": "1", "Name": "FLOOR2"}]
        await reader.get("group/clear")
        assert (await reader.get("group/get"))["data"]["num"] == 0
        assert (await reader.get("contact/get"))["data"]["num"] == 2, "only the groups"


async def test_users_add_set_del_and_clone_to_another_station(tmp_path: Path) -> None:
    async with (
        AkuvoxStations(quiet(tmp_path, stations=2, people=12)) as stations,
        httpx.AsyncClient(base_url=stations[0].url) as one,
        httpx.AsyncClient(base_url=stations[1].url) as two,
    ):
        first, second = Reader(one, stations[0]), Reader(two, stations[1])
        assert (await first.get("user/info"))["data"] == {"DefaultUserId": 13}
        new = {"UserID": "77", "Name": "Ann", "CardCode": "99", "PrivatePIN": "4321", "ScheduleRelay": "1001-12"}
        assert (await first.post("user/add", {"item": [new]}))["retcode"] == 1
        assert (await first.post("user/add", {"item": [new]}))["retcode"] == -1, "a UserID is there once"
        assert (await first.post("user/set", {"item": [{"ID": "13", "Name": "Anna"}]}))["retcode"] == 1
        page = (await first.get("user/get", page=2))["data"]
        assert (page["num"], [item["Name"] for item in page["item"]][-1]) == (13, "Anna")
        assert page["item"][-1]["ScheduleRelay"] == "1001-12"
        stations[0].quirks = Quirks(schedule_key="Schedule-Relay")
        assert (await first.get("user/get", page=2))["data"]["item"][-1]["Schedule-Relay"] == "1001-12"
        assert (await first.get("user/get", SourceType="Cloud"))["data"]["num"] == 0
        assert len((await first.post("user/scan"))["data"]["RFCode"]) == 8
        address = (await first.get("user/export"))["data"]["address"]
        file = (await one.get(address)).content
        assert (await second.upload("user/import", "config", file))["retcode"] == 0
        assert [u["Name"] for u in stations[1].lists["user"].items] == [
            u["Name"] for u in stations[0].lists["user"].items
        ]
        assert (await first.post("user/del", {"item": [{"ID": "13"}]}))["retcode"] == 1
        assert (await first.post("user/del", {"item": [{"ID": "13"}]}))["retcode"] == -1
        assert (await first.get("user/clear"))["retcode"] == 0
        assert (await first.get("user/get"))["data"]["num"] == 0


async def test_configuration_in_parts(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        enable, server = "Config.DoorSetting.CLOUDSERVER.Enable", "Config.DoorSetting.CLOUDSERVER.Server"
        whole = (await reader.get("config/get"))["data"]
        assert len(whole) > 150
        part = (await reader.post("config/get", {"filter": ["Config.DoorSetting.CLOUDSERVER"]}))["data"]
        assert len(part) == 14
        assert part.items() <= whole.items()
        for form in ({"item": [enable, server]}, {"data": {"item": [enable, server]}}):
            assert (await reader.post("config/get", form))["data"] == {enable: "0", server: ""}
        assert (await reader.post("config/set", {enable: "1", server: "10.0.0.1"}))["retcode"] == 0
        assert (await reader.post("config/get", {"item": [enable]}))["data"] == {enable: "1"}
        mistakes: list[dict[str, Any]] = [{"Config.No.Such": "1"}, {}, {enable: {}}]
        for bad in mistakes:
            assert (await reader.post("config/set", bad))["retcode"] == -100
        sections: dict[str, tuple[str, int]] = {
            "relay": ("Config.DoorSetting.RELAY.HoldDelayA", 23),
            "input": ("Config.DoorSetting.INPUT.EnableA", 29),
            "publiccode": ("Config.DoorSetting.PASSWORD.PublicKey1", 5),
            "sip": ("Config.Account1.GENERAL.UserName", 72),
            "log": ("Config.Settings.LOGLEVEL.Level", 1),
        }
        for target, (key, count) in sections.items():
            assert len((await reader.get(f"{target}/get"))["data"]) == count, target
            assert (await reader.post(f"{target}/set", {key: "7"}))["retcode"] == 0
            assert (await reader.get(f"{target}/get"))["data"][key] == "7"
            assert (await reader.post(f"{target}/set", {enable: "0"}))["retcode"] == -100, "of another chapter"
        file = (await reader.http.get("/api/config/export")).content
        assert b"10.0.0.1" not in gzip.decompress(file), "the document: encrypted"
        reader.station.quirks = Quirks(reboot_seconds=0.0)
        await reader.get("config/reset_factory")
        assert reader.station.configuration[server] == ""
        assert (await reader.upload("config/import", "config", file))["retcode"] == 0
        assert reader.station.configuration[server] == "10.0.0.1"
        assert (await reader.upload("config/import", "config", b"no tgz"))["retcode"] == -1


async def test_firmware_is_prepared_uploaded_and_checked(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path, quirks=Quirks(reboot_seconds=0.0))) as reader:
        image = b"\x00firmware" * 300_000
        assert (await reader.upload("firmware/upload", "file", image))["message"] == "Not prepared"
        await reader.get("firmware/prepare")
        assert (await reader.get("firmware/upgrade"))["message"] == "No firmware"
        assert (await reader.upload("firmware/upload", "config", image))["retcode"] == -1
        assert (await reader.upload("firmware/upload?silent=1", "file", image))["retcode"] == 0
        calculated = hashlib.md5(image).hexdigest()
        wrong = await reader.get("firmware/upgrade", md5="25e3")
        assert (wrong["message"], wrong["data"]) == ("Wrong MD5", {"md5": "25e3", "md5_calc": calculated})
        assert (await reader.get("firmware/upgrade", md5=calculated))["retcode"] == 0
        status = (await reader.get("firmware/status"))["data"]
        assert status["FirmwareVersion"] == "105.30.10.23"
        assert (await reader.get("system/status"))["data"]["UpTime"] < 60


async def test_doors_calls_and_captures(tmp_path: Path) -> None:
    async def data(path: str, **query: str | int) -> dict[str, Any]:
        found: dict[str, Any] = (await reader.get(path, **query))["data"]
        return found

    async with reading(quiet(tmp_path)) as reader:
        assert await data("relay/status") == {"RelayA": 0, "RelayB": 0, "RelayC": 0}
        await reader.get("relay/trig", mode=0, num=2, level=1, delay=60)
        assert await data("relay/status") == {"RelayA": 0, "RelayB": 1, "RelayC": 0}
        assert await data("input/status") == {"InputA": 1, "InputB": 0, "InputC": 1}
        await reader.post("relay/trig", {"mode": 1, "num": 2, "level": 0, "delay": 0})
        assert (await data("relay/status"))["RelayB"] == 0
        assert (await reader.get("relay/trig", num=4))["retcode"] == -100
        reader.station.door_event(granted=True, relay=1)
        assert (await data("relay/status"))["RelayA"] == 1
        assert await data("call/status") == {"Status": "READY"}
        assert (await reader.get("call/dial"))["retcode"] == -100
        await reader.get("call/dial", Phone="192.168.1.58", DisplayName="Justa")
        assert await data("call/status") == {"Status": "CALLING"}
        assert (await reader.get("call/dial", Phone="1"))["retcode"] == -1
        await reader.get("call/hangup")
        assert await data("call/status") == {"Status": "READY"}
        assert (await data("calllog/get"))["item"][0]["Name"] == "Justa"
        await reader.post(
            "sip/set",
            {
                "Config.Account1.GENERAL.Enable": "1",
                "Config.Account1.SIP.Server": "10.0.0.5",
                "Config.Account1.GENERAL.UserName": "130",
            },
        )
        assert (await data("sip/status"))["Account1"] == {"UserName": "130", "SipServer": "10.0.0.5", "Status": "2"}
        assert (await data("pcap/start", type="manual"))["interface"] == "eth0"
        assert (await data("pcap/status"))["Status"] == "start"
        assert (await reader.get("pcap/start"))["retcode"] == -1
        await reader.get("pcap/stop")
        assert (await data("pcap/status"))["Status"] == "stop"
        assert (await reader.http.get("/api/pcap/export")).content.startswith(b"\xd4\xc3\xb2\xa1")
        assert (await reader.http.get("/api/log/export?type=log_debug")).content.startswith(b"\x1f\x8b")
        assert (await reader.get("log/export", type="other"))["retcode"] == -100


async def test_a_write_that_was_done_may_get_no_answer(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path, quirks=Quirks(drop_after_write=1.0))) as reader:
        with pytest.raises(httpx.RemoteProtocolError):
            await reader.post("user/add", {"item": [{"UserID": "77", "Name": "Ann"}]})
        assert reader.station.lists["user"].items[-1]["UserID"] == "77"
        assert (await reader.get("user/get"))["data"]["num"] == 51, "reads are answered"
    assert "user/add done unanswered" in (tmp_path / "happened.tsv").read_text()
