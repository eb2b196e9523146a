"""Simulated BioTime servers and door stations as processes, and what goes wrong with them, by a seed."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from cli.parts import Part
from cli.supervisor import Keeper
from runtime.connector_sections import AkuvoxStation, BioTimeServer, ConnectorSettings
from simulate.akuvox.gate import Auth
from simulate.akuvox.settings import AkuvoxSettings
from simulate.biotime.settings import BioTimeSettings

TENANT = "demo"
ZONE = "Asia/Dubai"
STATIONS = 50
SERVER_POLL_SECONDS = 2.0
STATION_POLL_SECONDS = 5.0
_START_SECONDS = 120.0
_HTTP_SECONDS = 10.0
_STOP_SECONDS = 30.0
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.5, 3.0

# What each server is like: dialect, what its `next` links are like, rows that arrive after every page of a list.
_SERVERS: tuple[dict[str, dict[str, Any]], ...] = (
    {"server": {"dialect": "biotime", "version": "9.5"}, "faults": {"next_url": "wrong_host", "drift_rows": 1}},
    {"server": {"dialect": "biotime", "version": "9.0"}, "faults": {"next_url": "relative"}},
    {"server": {"dialect": "biotime", "version": "8.0"}, "faults": {"next_url": "null", "drift_rows": 1}},
    {"server": {"dialect": "utimemaster"}, "faults": {"next_url": "plain_http", "rows_key": "results"}},
    {"server": {"dialect": "biotimecloud"}, "faults": {"next_url": "right", "page_cap": 100}},
)
SERVERS = len(_SERVERS)
_LIFE = {"late_share": 0.05, "late_days": 20.0, "hidden_share": 0.05, "hidden_seconds": 30.0}
_QUIET_LIFE = {"rate": 0.0, "late_share": 0.0, "hidden_share": 0.0}
_TROUBLES: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503, "share": 0.002, "burst": 5},
    {"kind": "html", "share": 0.001},
    {"kind": "drop", "share": 0.001},
    {"kind": "truncated", "share": 0.001},
    {"kind": "unauthorized", "share": 0.001},
    {"kind": "slow", "seconds": 1.0, "share": 0.005},
    {"kind": "empty_page", "path": "/iclock/api/transactions/", "share": 0.0005},
    {"kind": "repeat_page", "path": "/iclock/api/transactions/", "share": 0.0005},
)


@dataclass(frozen=True, slots=True)
class Load:
    """rows: transactions that each server has at the start; rate: of new ones a second and server; station_rate: events
    a second and station."""

    rows: int
    seed: int
    rate: float = 5.0
    station_rate: float = 1.0


class Sources:
    """`folder` gets scenarios, logs, passwords; the ledgers are below it."""

    def __init__(self, folder: Path, load: Load) -> None:
        self.ledgers = {f"b{number}": folder / f"ledger-b{number}" for number in range(1, SERVERS + 1)}
        self.station_ledger = folder / "ledger-stations"
        self._folder = folder
        self._load = load
        folder.mkdir(parents=True)
        self.keepers = {
            **{name: Keeper(self._server(number, name), folder) for number, name in enumerate(self.ledgers)},
            "stations": Keeper(self._stations(), folder),
        }
        self._controls: dict[str, str] = {}
        self._serials: dict[str, list[str]] = {}

    async def start(self) -> ConnectorSettings:
        """Returns the entries that poll them."""
        for keeper in self.keepers.values():
            await asyncio.to_thread(keeper.start)
        started = {name: await self._first_line(keeper) for name, keeper in self.keepers.items()}
        stations = started.pop("stations")["started"]
        self._controls = {name: line["control_url"] for name, line in started.items()} | {
            "stations": stations["control"]
        }
        for name in started:
            self._serials[name] = [terminal["sn"] for terminal in await self._call(name, "GET", "terminals")]
        servers = [self._server_entry(number, name, started[name]["url"]) for number, name in enumerate(self.ledgers)]
        return ConnectorSettings(
            biotime=tuple(servers), akuvox=tuple(self._station_entry(each) for each in stations["stations"])
        )

    async def trouble(self, chance: Random) -> None:
        """Until cancelled: clears, clocks, restarts, outages, expired nonces and tokens, terminals cut off."""
        while True:
            await asyncio.sleep(chance.uniform(_SHORTEST_SECONDS, _LONGEST_SECONDS))
            station, server = f"stations/{chance.randint(1, STATIONS)}", chance.choice(list(self.ledgers))
            verb, values = chance.choice(
                (
                    ("clear", {"log": "door"}),
                    ("clear", {"log": "door"}),
                    ("clear", {"log": "call"}),
                    ("clock", {"seconds": chance.choice((-3600, -30, 45, 3600))}),
                    ("reboot", {}),
                    ("offline", {"seconds": chance.uniform(3, 12)}),
                    ("expire_nonces", {}),
                    ("tokens", {}),
                    ("terminal", {"offline": chance.random() < 0.5}),
                )
            )
            if verb == "tokens":
                await self._call(server, "POST", "expire")
            elif verb == "terminal":
                await self._call(server, "POST", f"terminals/{chance.choice(self._serials[server])}", values)
            else:
                await self._call("stations", "POST", f"{station}/{verb}", values)

    async def quiet(self) -> None:
        """No new rows and no more trouble; terminals that were cut off deliver what they hold."""
        await self._call("stations", "POST", "stations/all/rate", {"rate": 0.0})
        for name in self.ledgers:
            await self._call(name, "DELETE", "troubles")
            await self._call(name, "PATCH", "life", _QUIET_LIFE)
            await self._call(name, "PATCH", "faults", {"drift_rows": 0})
            for terminal in await self._call(name, "GET", "terminals"):
                if terminal["offline"]:
                    await self._call(name, "POST", f"terminals/{terminal['sn']}", {"offline": False})

    async def hidden(self) -> int:
        """Rows that have an id and cannot be seen yet, or that a terminal still holds."""
        found = [await self._call(name, "GET", "status") for name in self.ledgers]
        return sum(status["hidden"] + status["held"] for status in found)

    async def made(self) -> dict[str, int]:
        servers = [await self._call(name, "GET", "status") for name in self.ledgers]
        stations = await self._call("stations", "GET", "status")
        return {
            "transactions": sum(status["rows"] for status in servers),
            "station rows": stations["made"],
            "of them read": stations["served"],
            "followed a wrong next": sum(status["leaked"] for status in servers),
        }

    async def stop(self) -> None:
        for keeper in self.keepers.values():
            await asyncio.to_thread(keeper.stop, _STOP_SECONDS)

    async def _call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._controls[name]}/_simulator/{path}"

        def ask() -> Any:
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
            with urllib.request.urlopen(request, timeout=_HTTP_SECONDS) as answer:
                return json.loads(answer.read() or b"null")

        return await asyncio.to_thread(ask)

    async def _first_line(self, keeper: Keeper) -> Any:
        """What a simulator says when it is ready."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            text = keeper.log_path.read_text()
            if "\n" in text:
                try:
                    return json.loads(text.partition("\n")[0])
                except ValueError:
                    raise AssertionError(f"{keeper.part.name} did not start: {text[-1000:]}") from None
            assert time.monotonic() < deadline, f"{keeper.part.name} is not ready: {text[-1000:]}"
            await asyncio.sleep(0.1)

    def _server(self, number: int, name: str) -> Part:
        server = {
            **_SERVERS[number]["server"], "terminals": 5, "employees": 500, "preload": self._load.rows,
            "rate": self._load.rate, "seed": self._load.seed + number, "token_seconds": 45.0, "zone": ZONE,
        }  # fmt: skip
        tables = {"server": server, "life": _LIFE, "faults": _SERVERS[number]["faults"]}
        lines = [f"[{table}]\n" + _toml(values) for table, values in tables.items()]
        lines += ["[[troubles]]\n" + _toml(values) for values in _TROUBLES]
        options = ("--port", "0", "--control-port", "0", "--ledger", str(self.ledgers[name]), "--json")
        return self._part("biotime", name, "\n".join(lines), options)

    def _stations(self) -> Part:
        station = {"stations": STATIONS, "rate": self._load.station_rate, "seed": self._load.seed, "zone": ZONE}
        quirks = {"reboot_seconds": 3.0, "reboot_clock_step": -30.0, "cut_share": 0.002}
        text = (
            "[akuvox]\n" + _toml({**station, "variant_share": 0.3, "call_share": 0.1})
            + '[auth]\nmode = "digest"\nnonce_uses = 20\n[quirks]\n' + _toml(quirks)
            + f'[[station]]\nnumbers = "1-{STATIONS // 5}"\nquirks = {{ restart_ids = true }}\n'
        )  # fmt: skip
        options = ("--first-port", "0", "--control-port", "0", "--ledger", str(self.station_ledger), "--json")
        return self._part("akuvox", "stations", text, options)

    def _part(self, what: str, name: str, scenario: str, options: tuple[str, ...]) -> Part:
        file = self._folder / f"{name}.toml"
        file.write_text(scenario)
        command = (sys.executable, "-m", "cli.main", "simulate", what, "--scenario", str(file), *options)
        return Part(name, name, command, str(file), health_port=0)

    def _server_entry(self, number: int, name: str, url: str) -> BioTimeServer:
        dialect = _SERVERS[number]["server"]["dialect"]
        settings = BioTimeSettings(ledger=self.ledgers[name])
        return BioTimeServer(
            name=name, url=url, tenant=TENANT, zone=ZONE, dialect=dialect, poll_seconds=SERVER_POLL_SECONDS,
            company=settings.company if dialect == "biotimecloud" else "",
            username=settings.email if dialect == "biotimecloud" else settings.username,
            password_file=self._secret(name, settings.password), request_timeout_seconds=10.0,
        )  # fmt: skip

    def _station_entry(self, started: dict[str, Any]) -> AkuvoxStation:
        auth = AkuvoxSettings(ledger=self.station_ledger, auth=Auth()).auth
        return AkuvoxStation(
            mac=started["mac"], url=started["url"], tenant=TENANT, zone=ZONE, auth="digest", username=auth.username,
            password_file=self._secret("stations", auth.password), poll_seconds=STATION_POLL_SECONDS, slow_seconds=60.0,
        )  # fmt: skip

    def _secret(self, name: str, text: str) -> Path:
        file = self._folder / f"{name}.password"
        file.write_text(text)
        return file


def _toml(values: dict[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
