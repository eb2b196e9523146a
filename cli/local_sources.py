"""The polled side of a one-machine system: a simulated BioTime server, door stations, and one terminal that comes both
ways: it pushes to the edge, and its punches are in the server's database, too.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from cli.errors import PartFailed
from cli.parts import Part
from cli.supervisor import Keeper
from deploy.local.ports import is_free
from runtime.connector_sections import AkuvoxStation, BioTimeServer, ConnectorSettings
from simulate.akuvox.gate import Auth
from simulate.akuvox.identity import mac_of
from simulate.biotime.settings import BioTimeSettings
from simulate.fleet.identity import identity

SERVER: Final = "demo"
STATIONS: Final = 3
TENANT: Final = "demo"
_SERVER_ZONE: Final = "Asia/Dubai"
_SERVER_RATE: Final = 2.0
_STATION_RATE: Final = 0.5
_HTTP_SECONDS: Final = 2.0
_READY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class SourceNumbers:
    """One line of the page: what there is on the other side; -1 where it does not answer."""

    title: str
    made: int


class LocalSources:
    """Simulators as processes of their own. `ledgers`: below it one folder each; `folder` gets passwords and logs."""

    def __init__(self, folder: Path, ledgers: Path, fleet_ledger: Path) -> None:
        self.server_ledger = ledgers / "biotime"
        self.station_ledger = ledgers / "akuvox"
        self.both_ways = identity(1).serial
        self._folder = folder
        self._fleet_ledger = fleet_ledger
        self._server_port, self._server_control, self._station_control, *self._station_ports = _free_ports(3 + STATIONS)
        self.keepers = [Keeper(part, folder) for part in (self._server_part(), self._station_part())]

    def settings(self, given: ConnectorSettings) -> ConnectorSettings:
        """Of the worker: these sources instead of any other."""
        password = BioTimeSettings(ledger=self.server_ledger).password
        server = BioTimeServer(
            name=SERVER, url=f"http://127.0.0.1:{self._server_port}", tenant=TENANT, zone=_SERVER_ZONE,
            username="admin", password_file=self._secret("biotime.password", password), poll_seconds=2.0,
        )  # fmt: skip
        auth = Auth()
        station_password = self._secret("akuvox.password", auth.password)
        stations = tuple(
            AkuvoxStation(
                mac=mac_of(number),
                url=f"http://127.0.0.1:{port}",
                tenant=TENANT,
                zone=_SERVER_ZONE,
                auth="digest",
                username=auth.username,
                password_file=station_password,
                poll_seconds=2.0,
                slow_seconds=30.0,
            )
            for number, port in enumerate(self._station_ports, 1)
        )
        instance = given.instance_id or "connect-1"  # a static member: it is back at once after a kill
        return given.model_copy(update={"biotime": (server,), "akuvox": stations, "instance_id": instance})

    def start(self) -> None:
        for keeper in self.keepers:
            keeper.start()

    def keep(self) -> None:
        for keeper in self.keepers:
            keeper.keep()

    def stop(self, deadline_seconds: float) -> None:
        for keeper in self.keepers:
            keeper.stop(deadline_seconds)

    async def ready(self) -> None:
        """Returns when both answer. Raises PartFailed."""
        await _told("GET", f"{self._server_url}/status")
        await _told("GET", f"{self._stations_url}/status")

    async def quiet(self) -> None:
        """No new rows from now on; what there is can still be read. Raises PartFailed."""
        await _told("PATCH", f"{self._server_url}/life", {"rate": 0.0})
        await _told("POST", f"{self._stations_url}/stations/all/rate", {"rate": 0.0})

    def look(self) -> list[SourceNumbers]:
        server = _call("GET", f"{self._server_url}/status") or {}
        stations = _call("GET", f"{self._stations_url}/status") or {}
        return [
            SourceNumbers("BioTime server", int(server.get("rows", -1))),
            SourceNumbers(f"{STATIONS} door stations", int(stations.get("made", -1))),
        ]

    @property
    def _server_url(self) -> str:
        return f"http://127.0.0.1:{self._server_control}/_simulator"

    @property
    def _stations_url(self) -> str:
        return f"http://127.0.0.1:{self._station_control}/_simulator"

    def _secret(self, name: str, text: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        return file

    def _server_part(self) -> Part:
        # `--follow=` in one word: the ledger alone is what the fleet's process is found by.
        command = (
            sys.executable, "-m", "cli.main", "simulate", "biotime", "--port", str(self._server_port),
            "--control-port", str(self._server_control), "--ledger", str(self.server_ledger), "--zone", _SERVER_ZONE,
            "--rate", f"{_SERVER_RATE:g}", f"--follow={self._fleet_ledger}", "--follow-serial", self.both_ways,
        )  # fmt: skip
        return Part("biotime", "BioTime server", command, str(self.server_ledger), health_port=0)

    def _station_part(self) -> Part:
        command = (
            sys.executable, "-m", "cli.main", "simulate", "akuvox", "--stations", str(STATIONS),
            "--first-port", str(self._station_ports[0]), "--control-port", str(self._station_control),
            "--ledger", str(self.station_ledger), "--rate", f"{_STATION_RATE:g}",
        )  # fmt: skip
        return Part("akuvox", "door stations", command, str(self.station_ledger), health_port=0)


async def _told(method: str, url: str, body: dict[str, Any] | None = None) -> None:
    """Again and again until it answers. Raises PartFailed."""
    deadline = time.monotonic() + _READY_SECONDS
    while await asyncio.to_thread(_call, method, url, body) is None:
        if time.monotonic() > deadline:
            raise PartFailed(f"a simulator does not answer {method} {url} within {_READY_SECONDS:.0f} s")
        await asyncio.sleep(0.1)


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """What a simulator's control port answers; None when it does not."""
    data = None if body is None else orjson.dumps(body)
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - always http, on loopback
    try:
        with urllib.request.urlopen(request, timeout=_HTTP_SECONDS) as answer:  # noqa: S310 - the same
            found = orjson.loads(answer.read())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else {}


def _free_ports(count: int) -> list[int]:
    """The last ones, from the fourth on, follow one another: stations listen on consecutive ports."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        wanted = range(first, first + count)
        if wanted[-1] < 65_536 and all(is_free(port) for port in wanted):
            return list(wanted)
