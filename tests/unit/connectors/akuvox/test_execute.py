"""Commands against simulated stations: what each does there, and what is told when its answer is lost."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.akuvox.acts.items import compare, found_added, whole
from connectors.akuvox.client import AkuvoxClient
from connectors.akuvox.execute import ACTS, execute
from connectors.errors import NotAllowed, OutcomeUnknown, WrongStation
from connectors.execution import Finding
from connectors.source import Done, Order
from runtime.connector_sections import AkuvoxStation, ConnectorSettings
from simulate.akuvox.gate import Auth
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.station import Station
from tests.unit.connectors.akuvox.fake_station import Clock
from wire.akuvox.commands import COMMANDS

ALL = tuple(command.name for command in COMMANDS)


class House:
    """A station, a client of it, and a worker's view of orders."""

    def __init__(self, station: Station, client: AkuvoxClient) -> None:
        self.station = station
        self.client = client
        self.writes: list[str] = []  # `user/add done`, ...
        told = station.happened

        def happened(what: str, detail: str) -> None:
            told(what, detail)
            if what == "write":
                self.writes.append(detail)

        station.happened = happened  # type: ignore[method-assign]  # the ledger's file is written seldom

    async def do(self, command: str, /, attempt: int = 1, allow: tuple[str, ...] = ALL, **arguments: Any) -> Done:
        order = Order("7", f"akuvox.{command}", arguments, "k", attempt, "anna")
        return await execute(self.client, ConnectorSettings(allow=allow), order)

    async def done(self, command: str, /, **arguments: Any) -> Done:
        done = await self.do(command, **arguments)
        assert done.done, done.meaning
        return done

    def lose_answers(self, share: float = 1.0) -> None:
        self.station.quirks = replace(self.station.quirks, drop_after_write=share)

    def items(self, target: str) -> list[dict[str, str]]:
        return self.station.lists[target].items


@asynccontextmanager
async def house(folder: Path, **more: Any) -> AsyncIterator[House]:
    settings = AkuvoxSettings(
        ledger=folder / "ledger", stations=1, rate=0.0, people=12, rows_at_start=25, auth=Auth(mode="none"), **more
    )
    async with AkuvoxStations(settings) as stations:
        station = stations[0]
        entry = {"mac": station.mac, "url": station.url, "auth": "none", "zone": "Asia/Dubai"}
        clock = Clock()
        async with AkuvoxClient(
            AkuvoxStation.model_validate(entry), monotonic=clock.monotonic, sleep=clock.sleep
        ) as client:
            yield House(station, client)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def test_every_command_has_an_act() -> None:
    assert set(ACTS) == set(ALL)


CARD = {"name": "Ada", "code": "0CAFE1", "doors": "1,2", "days": "Mon,Tue", "start": "08:00", "end": "17:00"}
# How an entry is added; how it is changed; what it is known by then.
ENTRIES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str]]] = {
    "user": (
        {"user_id": "777", "name": "Ada", "card": "0CAFE1", "pin": "4321", "schedule_relay": "1001-1"},
        {"user_id": "777", "name": "Ada L", "pin": "1234"},
        {"Name": "Ada L", "PrivatePIN": "1234", "CardCode": "0CAFE1"},
    ),
    "rfkey": ({**CARD, "tag": "frequency", "frequency": "3"}, {"days": "Sun"}, {"Sun": "1", "Mon": "0", "Name": "Ada"}),
    "privatekey": (CARD, {"doors": "3", "end": "18:00"}, {"DoorNum": "3", "TimeEnd": "18:00", "TimeStart": "08:00"}),
    "contact": (
        {"name": "Ada", "phone": "126", "dial_type": "1"},
        {"phone": "127"},
        {"Name": "Ada", "Phone": "127", "DialType": "1"},
    ),
    "group": ({"name": "FLOOR2"}, {"name": "FLOOR-402"}, {"Name": "FLOOR-402"}),
    "dialreplace": (
        {"prefix": "110", "replace1": "192.0.2.1"},
        {"replace2": "192.0.2.2"},
        {"Prefix": "110", "Replace1": "192.0.2.1", "Replace2": "192.0.2.2"},
    ),
}


@pytest.mark.parametrize("target", ENTRIES)
@pytest.mark.parametrize("lost", [False, True])
async def test_entries_from_beginning_to_end(target: str, lost: bool, at: House) -> None:
    """Also when every answer is lost: nothing is written twice, and the next worker finds it done."""
    new, changes, known = ENTRIES[target]
    before = len(at.items(target))
    if lost:
        at.lose_answers()
    expected = "done: no answer came, it was read back" if lost else "done"
    added = await at.do(f"{target}.add", **new)
    assert (added.done, added.meaning) == (True, expected)
    assert "4321" not in repr(added)
    assert (await at.do(f"{target}.add", attempt=2, **new)).meaning.startswith("was done already")
    (entry,) = at.items(target)[before:]
    key: dict[str, Any] = {} if target == "user" else {"id": entry["ID"]}
    assert (await at.do(f"{target}.set", **key, **changes)).meaning == expected
    assert known.items() <= at.items(target)[-1].items()
    assert (await at.do(f"{target}.set", attempt=2, **key, **changes)).meaning.startswith("was done already")
    key = {"user_id": "777"} if target == "user" else key
    if target != "group":
        assert (await at.do(f"{target}.del", **key)).meaning == expected
        assert len(at.items(target)) == before
        assert (await at.do(f"{target}.del", attempt=2, **key)).meaning.startswith("was done already")
    assert (await at.do(f"{target}.clear")).meaning == expected
    assert at.items(target) == []
    assert len(at.writes) == (3 if target == "group" else 4)


async def test_a_list_of_many_pages_is_read_to_its_end(tmp_path: Path) -> None:
    for quirk in ("", "ignores_page"):
        async with house(tmp_path / (quirk or "pages")) as at:
            if quirk:
                at.station.quirks = replace(at.station.quirks, ignores_page=True)
            last = at.items("user")[-1]["UserID"]
            assert len(at.items("user")) == 12
            with pytest.raises(OutcomeUnknown):  # somebody has this number: it may be ours
                await at.do("user.add", attempt=2, user_id=last, name="Someone else")
            await at.done("user.del", user_id=last)
            assert len(at.items("user")) == 11


async def test_what_is_not_there_or_makes_no_sense_is_told(at: House) -> None:
    for name, arguments, words in (
        ("user.set", {"user_id": "nobody", "name": "x"}, "no user 'nobody'"),
        ("rfkey.del", {"id": "99"}, "no rfkey with id 99"),
        ("contact.set", {"id": "1"}, "nothing to change"),
        ("rfkey.add", {**CARD, "days": "Someday"}, "days are of"),
        ("rfkey.add", {**CARD, "doors": "A"}, "doors are of"),
        ("doorlog.del", {"id": "99999"}, "no row 99999"),
        ("config.import", {"content": "???"}, "no base64"),
        ("relay.trig", {"num": 1, "delay": 99999}, "delay is 0 to"),
        ("config.set", {"values": {"Volume": "3"}}, "settings are named"),
        ("user.add", {"user_id": at.items("user")[0]["UserID"], "name": "Again"}, "answers -1"),
    ):
        done = await at.do(name, **arguments)
        assert not done.done
        assert words in done.meaning, done.meaning


async def test_a_relay_is_triggered_once_whatever_becomes_of_the_answer(at: House) -> None:
    await at.done("relay.trig", num=1)
    assert at.writes == ["relay/trig done"]
    at.lose_answers()
    told = await at.do("relay.trig", num=2)
    assert told.meaning.startswith("unknown whether it was done")
    for attempt in (2, 3):
        assert not (await at.do("relay.trig", attempt=attempt, num=2)).done
    assert at.writes == ["relay/trig done", "relay/trig done unanswered"]


async def test_a_door_of_another_station_is_not_opened(at: House) -> None:
    at.station.change_mac("0C1105FFFFFF")
    told = await at.do("relay.trig", num=1)
    assert not told.done
    assert told.meaning.startswith("not sent: ")
    assert "0C1105FFFFFF" in told.meaning
    with pytest.raises(WrongStation):
        await at.do("user.add", user_id="777", name="Ada")
    assert at.writes == []


async def test_dangerous_ones_are_refused_unless_the_setting_names_them(at: House) -> None:
    for name, arguments in (("relay.trig", {"num": 1}), ("doorlog.clear", {}), ("config.reset_factory", {})):
        with pytest.raises(NotAllowed, match=r"connectors\.allow"):
            await at.do(name, allow=("akuvox.user.clear",), **arguments)
    assert at.writes == []


async def test_settings_are_compared_where_they_may_be_read(at: House) -> None:
    name = "Config.DoorSetting.RELAY.HoldDelayA"
    secret = "Config.DoorSetting.PASSWORD.PublicKey1"
    at.lose_answers()
    assert (await at.do("relay.set", values={name: "8"})).meaning == "done: no answer came, it was read back"
    assert at.station.configuration[name] == "8"
    assert (await at.do("config.set", attempt=2, values={name: "8"})).meaning.startswith("was done already")
    assert (await at.do("log.set", level=5)).meaning == "done: no answer came, it was read back"
    with pytest.raises(OutcomeUnknown):
        await at.do("publiccode.set", values={secret: "87654321"})
    last = await at.do("publiccode.set", attempt=3, values={secret: "87654321"})
    assert last.meaning.startswith("unknown whether")
    assert "87654321" not in repr(last)


async def test_rows_of_logs_are_deleted_and_a_cleared_log_is_not_cleared_again(at: House) -> None:
    number = (await at.client.door_log(2)).rows[0]["ID"]
    at.lose_answers()
    assert (await at.do("doorlog.del", id=number)).meaning == "done: no answer came, it was read back"
    assert (await at.do("doorlog.clear")).meaning == "done: no answer came, it was read back"
    at.station.door_event()
    again = await at.do("doorlog.clear", attempt=3)
    assert again.meaning.startswith("unknown whether")
    assert len(at.station.logs["door"]) == 1
    assert at.writes == ["doorlog/del done unanswered", "doorlog/clear done unanswered"]


async def test_a_restart_shows_in_the_time_that_the_station_runs(at: House) -> None:
    at.lose_answers()
    with pytest.raises(OutcomeUnknown):  # it is restarting, or has not begun
        await at.do("system.reboot")
    assert at.writes == ["system/reboot done unanswered"]


async def test_a_station_that_has_not_restarted_is_not_restarted_later() -> None:
    class Running:
        """A station that runs for an hour; nothing else may be asked of it."""

        async def system_info(self) -> None:
            return None

        async def system_status(self) -> Any:
            return type("Status", (), {"up_time": 3600.0})

    order = Order("7", "akuvox.system.reboot", {}, "k", 2, "anna")
    done = await execute(Running(), ConnectorSettings(allow=ALL), order)  # type: ignore[arg-type]  # a stand-in
    assert done == Done(False, "an earlier claim may have sent it, and it is not done; ask for it anew")


async def test_files_are_sent(at: House, tmp_path: Path) -> None:
    users = await at.client.export_users()
    await at.done("user.del", user_id=at.items("user")[0]["UserID"])
    await at.done("user.import", content=b64encode(users).decode())
    assert len(at.items("user")) == 12
    contacts = b64encode(b"Name,Phone,Group,DialType\nAda,126,,0\n").decode()
    await at.done("contact.import", content=contacts, file_type="csv")
    assert [item["Name"] for item in at.items("contact")] == ["Ada"]
    await at.done("firmware.prepare")
    await at.done("firmware.upload", content=b64encode(b"image").decode(), silent="1")


async def test_calls_captures_and_logs(at: House) -> None:
    for name, arguments in (
        ("call.dial", {"phone": "192.0.2.9"}),
        ("call.hangup", {}),
        ("pcap.start", {"seconds": 5}),
        ("pcap.stop", {}),
        ("log.clear", {"log_type": "kmsg"}),
        ("calllog.clear", {"call_type": "Missed"}),
        ("config.reset_factory", {}),
    ):
        await at.done(name, **arguments)


def test_masked_secrets_prove_nothing_and_are_not_sent_back() -> None:
    row = {"ID": "4", "UserID": "7", "Name": "Ada", "PrivatePIN": "****", "Schedule-Relay": "1001-1", "SourceType": "1"}
    assert whole("user", row, {"Name": "Ada L"}) == {
        "ID": "4", "UserID": "7", "Name": "Ada L", "ScheduleRelay": "1001-1",
    }  # fmt: skip
    assert compare({"PrivatePIN": "****", "Name": "Ada"}, {"PrivatePIN": "1", "Name": "Ada"}) is Finding.CANNOT_TELL
    card = {"ID": "0", "Name": "Ada", "Code": "0CAFE1"}
    assert found_added("rfkey", [{"ID": "1", "Name": "Ada", "Code": "******"}], card) is Finding.CANNOT_TELL
    assert found_added("rfkey", [{"ID": "1", "Name": "Eve", "Code": "******"}], card) is Finding.NOT_DONE
    assert found_added("rfkey", [{"ID": "1", "Name": "Eve", "Code": "0CAFE1"}], card) is Finding.CANNOT_TELL
