"""The control port: whoever runs the stations looks at them and steers single ones, over loopback HTTP.

GET /_simulator/status, /_simulator/stations, /_simulator/stations/N; POST /_simulator/stations/N/VERB with a JSON
object of values, N a number, `1,4-6` or `all`.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web

from simulate.akuvox.errors import FatalError
from simulate.akuvox.ledger import LedgerWriter
from simulate.akuvox.settings import numbers_of
from simulate.akuvox.station import Station
from simulate.akuvox.steering import steer

_PATH = re.compile(r"/_simulator/stations(?:/(all|[\d,-]+)(?:/([a-z_]+))?)?")


class Control:
    """Answers at the control port."""

    def __init__(self, stations: Sequence[Station], ledger: LedgerWriter) -> None:
        self._stations = stations
        self._ledger = ledger

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """What aiohttp calls for every request."""
        if request.method == "GET" and request.path == "/_simulator/status":
            return _json({"stations": len(self._stations), **self._ledger.counts})
        found = _PATH.fullmatch(request.path)
        if found is None:
            return _json(
                {"error": "GET /_simulator/status or /_simulator/stations, POST /_simulator/stations/N/VERB"}, 404
            )
        try:
            chosen = self._chosen(found[1] or "all")
            if request.method == "POST" and found[2]:
                values = orjson.loads(await request.read() or b"{}")
                if not isinstance(values, dict):
                    return _json({"error": "the body is a JSON object of values"}, 400)
                for station in chosen:
                    steer(station, found[2], values)
            elif request.method != "GET" or found[2]:
                return _json({"error": "GET shows stations, POST .../VERB does something to them"}, 405)
        except (FatalError, orjson.JSONDecodeError) as error:
            return _json({"error": str(error)}, 400)
        self._ledger.flush()
        return _json([shown(station) for station in chosen])

    def _chosen(self, numbers: str) -> list[Station]:
        if numbers == "all":
            return list(self._stations)
        found = [self._stations[number - 1] for number in numbers_of(numbers, len(self._stations)) if number > 0]
        if not found:
            raise FatalError(f"there is no station {numbers}: they are 1 to {len(self._stations)}")
        return found


def shown(station: Station) -> dict[str, Any]:
    """A station as the control port and the start of a run tell it."""
    quirks = station.quirks
    return {
        "number": station.number,
        "mac": station.mac,
        "url": station.url,
        "model": station.identity.model,
        "firmware": station.identity.firmware,
        "rate": station.rate,
        "clock_error": station.clock_error,
        "up_seconds": station.up_seconds(),
        "logs": {log: {"rows": len(ring), "epoch": ring.epoch} for log, ring in station.logs.items()},
        "quirks": {name: getattr(quirks, name) for name in quirks.__dataclass_fields__},
    }


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
