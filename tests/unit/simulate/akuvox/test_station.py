"""What happens to a station: clock, restart, upgrade, another MAC, factory reset, action URLs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from aiohttp import web

from simulate.akuvox.gate import Auth
from simulate.akuvox.identity import mac_of
from simulate.akuvox.ledger import LedgerWriter, read_ledger
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.server import http_server
from simulate.akuvox.settings import StationSettings
from tests.unit.simulate.akuvox.stations import quiet, reading, with_quirks
from tests.unit.simulate.clocks import FrozenClock, until


async def test_a_clock_that_is_set_back(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path), FrozenClock(1_793_000_000.0)) as reader:
        reader.station.door_event()
        reader.station.step_clock(-3600)
        reader.station.door_event()
        items = (await reader.get("doorlog/get"))["data"]["item"]
        assert [item["Time"] for item in items] == ["10:33:20", "11:33:20"]
        assert (await reader.get("system/status"))["data"]["SystemTime"] == 1_793_000_000 - 3600
    assert [row.local for row in read_ledger(tmp_path).rows] == ["2026-10-26T11:33:20", "2026-10-26T10:33:20"]


async def test_a_restart_is_a_while_away_and_a_fallen_up_time(tmp_path: Path) -> None:
    quirks = Quirks(reboot_seconds=0.2, reboot_clock_step=120.0)
    async with reading(quiet(tmp_path, quirks=quirks, rows_at_start=2)) as reader:
        assert (await reader.get("system/reboot"))["action"] == "status", "as the document prints it"
        with pytest.raises(httpx.TransportError):
            await reader.get("system/status")
        await until(lambda: not reader.station.is_offline(), "the station is back")
        assert (await reader.get("system/status"))["data"]["UpTime"] <= 1
        assert reader.station.clock_error == 120.0
        assert await reader.ids() == [2, 1]


@pytest.mark.parametrize("restart", [True, False])
async def test_an_upgrade(tmp_path: Path, restart: bool) -> None:
    async with reading(with_quirks(tmp_path, restart_ids=restart, reboot_seconds=0.0)) as reader:
        reader.station.door_event()
        reader.station.upgrade()
        reader.station.door_event()
        assert (await reader.get("firmware/status"))["data"]["FirmwareVersion"] == "105.30.10.23"
        assert await reader.ids() == ([1] if restart else [2, 1])


async def test_another_device_at_the_same_address(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path)) as reader:
        reader.station.door_event()
        reader.station.change_mac("0C1105ABCDEF")
        reader.station.door_event()
        assert (await reader.get("system/info"))["data"]["Status"]["MAC"] == "0C:11:05:AB:CD:EF"
        assert await reader.ids() == [1]
    rows = read_ledger(tmp_path).rows
    assert [(row.mac, row.epoch, row.id, row.gone) for row in rows] == [
        ("0C1105000001", 1, "1", "reset"),
        ("0C1105ABCDEF", 2, "1", ""),
    ]


async def test_a_factory_reset(tmp_path: Path) -> None:
    auth = Auth(mode="basic", username="me", password="secret")
    async with reading(quiet(tmp_path, auth=auth, quirks=Quirks(reboot_seconds=0.0), rows_at_start=3)) as reader:
        assert (await reader.http.get("/api/config/reset_factory", auth=("me", "secret"))).status_code == 200
        assert (await reader.http.get("/api/doorlog/get", auth=("me", "secret"))).status_code == 401
        answer = await reader.http.get("/api/doorlog/get", auth=("admin", "httpapi"))
        assert answer.json()["data"]["num"] == 0
        assert reader.station.lists["user"].items == []


@asynccontextmanager
async def edge(seen: list[tuple[str, dict[str, str]]]) -> AsyncIterator[str]:
    """Somebody who is called by action URLs."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.path, dict(parse_qsl(urlsplit(request.raw_path).query, keep_blank_values=True))))
        return web.Response()

    protocols = http_server(handle)
    server = await asyncio.get_running_loop().create_server(protocols, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await protocols.shutdown(0.1)


QUERY = (
    "?event={event}&mac=$mac&userid=$userid&user_name=$user_name&card=$card_sn&code=$code"
    "&unlocktype=$unlocktype&relay=$relay2status&time=$time&other=$nothing&model=$model"
)


async def test_action_urls_are_filled_in_and_called_once(tmp_path: Path) -> None:
    seen: list[tuple[str, dict[str, str]]] = []
    async with edge(seen) as url:
        hints = (f"{url}/all{QUERY}", f"{mac_of(1)}={url}/first{QUERY}")
        settings = quiet(tmp_path, stations=2, hint_urls=hints)
        async with AkuvoxStations(settings, FrozenClock(1_793_000_000.0)) as stations:
            user = stations[0].lists["user"].items[0]
            user["Name"] = "Zoë & Co"
            stations[0].door_event(user["UserID"], "pin", granted=True, relay=2)
            await until(lambda: len(seen) == 1, "the hint")
            assert seen[0] == (
                "/first",
                {
                    "event": "code_valid",
                    "mac": "0C1105000001",
                    "userid": user["UserID"],
                    "user_name": "Zoë & Co",
                    "card": "",
                    "code": user["PrivatePIN"],
                    "unlocktype": "Null",
                    "relay": "1",
                    "time": "1793000000",
                    "other": "$nothing",
                    "model": "A05",
                },
            )
            stations[1].door_event(method="face", granted=False)
            await until(lambda: len(seen) == 2, "the second hint")
            assert (seen[1][0], seen[1][1]["event"], seen[1][1]["unlocktype"]) == ("/all", "face_invalid", "Face")
            stations[1].set_hint_url("")
            stations[1].door_event(method="face")
            stations[0].set_hint_url("http://127.0.0.1:1/")
            stations[0].door_event(method="card", granted=True)
            await until(lambda: stations.counts["hints"] == 3, "the one that fails")
    outcomes = [line.split("\t")[3:5] for line in (tmp_path / "hints.tsv").read_text().splitlines()]
    assert outcomes[:2] == [["ValidCodeEntered", "200"], ["InvalidFaceRecognition", "200"]]
    assert outcomes[2] == ["ValidCardEntered", "ClientConnectorError"]
    assert len(seen) == 2


async def test_a_relay_url_is_called_for_a_card_and_not_for_a_pin(tmp_path: Path) -> None:
    seen: list[tuple[str, dict[str, str]]] = []
    async with edge(seen) as url, reading(quiet(tmp_path)) as reader:
        keys = "Config.Features.ACTIONURL."
        wanted = {f"{keys}Enable": "1", f"{keys}RelayATriggered": f"{url}/relay", f"{keys}MakeCall": f"{url}/call"}
        assert (await reader.post("config/set", wanted))["retcode"] == 0
        reader.station.door_event(method="pin", granted=True, relay=1)
        reader.station.door_event(method="card", granted=True, relay=1)
        reader.station.call_event()
        await until(lambda: len(seen) == 2, "hints")
        assert sorted(path for path, _ in seen) == ["/call", "/relay"]


async def test_the_same_seed_makes_the_same_stations_and_events(tmp_path: Path) -> None:
    async def rows(folder: Path, seed: int) -> list[tuple[str, str, str]]:
        async with AkuvoxStations(quiet(folder, stations=3, rows_at_start=20, seed=seed)):
            pass
        return [(row.mac, row.name, row.code) for row in read_ledger(folder).rows]

    one = await rows(tmp_path / "1", 1)
    assert one == await rows(tmp_path / "2", 1) != await rows(tmp_path / "3", 2)
    assert len({name for _, name, _ in one}) > 10


async def test_stations_may_differ(tmp_path: Path) -> None:
    others = (
        StationSettings("2-3", rate=0.5, zone="UTC", clock_error=-90.0, quirks={"ring": 100}, auth={"mode": "basic"}),
        StationSettings("3", quirks={"words": "numeric"}, hint_url="http://127.0.0.1:1/x"),
    )
    async with AkuvoxStations(quiet(tmp_path, stations=4, overrides=others)) as stations:
        second, third = stations[1], stations[2]
        assert (second.rate, second.zone.key, second.clock_error, second.quirks.ring) == (0.5, "UTC", -90.0, 100)
        assert (third.quirks.ring, third.quirks.words, third.gate.auth.mode) == (100, "numeric", "basic")
        assert stations[3].quirks == Quirks()
        assert len({station.url for station in stations}) == 4
    async with AkuvoxStations(quiet(tmp_path / "v", stations=40, variant_share=0.5)) as stations:
        assert 10 < sum(station.quirks != Quirks() for station in stations) < 30


async def test_what_ends_a_task_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: LedgerWriter) -> None:
        raise OSError("no space left")

    async def run() -> None:
        async with AkuvoxStations(quiet(tmp_path)) as stations:
            monkeypatch.setattr(LedgerWriter, "flush", full)
            try:
                await asyncio.wait_for(stations.run(asyncio.Event()), 10)
            finally:
                monkeypatch.undo()

    with pytest.raises(OSError, match="no space left"):
        await run()
