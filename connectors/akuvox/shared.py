"""What the readers of one station share: who it is, its clock, its users, the notes of a raw record.

Identity is the MAC, never the address (spec/connectors.md B-3 5): it is asked for before the first row of a process,
after the station was away, and before a gap or a restart of IDs is believed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.akuvox.client import AkuvoxClient
from connectors.akuvox.usermap import UserMap
from connectors.errors import NotSupported, RequestRefused, ServerFault
from connectors.source import Json, Tools
from runtime.connector_sections import AkuvoxStation
from schemas.polled import NOTE_EPOCH, NOTE_LOG, NOTE_PUNCHES, NOTE_SITE, NOTE_SKEW, NOTE_ZONE
from wire.akuvox.system import SystemInfo, SystemStatus

log = logging.getLogger(__name__)

STATION: Final = "station"
CONTROL: Final = "control"
_SKEW_SECONDS: Final = 60.0  # B-3 6
_STEP_SECONDS: Final = 2.0  # a smaller change of the skew is not worth a write
_SAMPLE_SECONDS: Final = 60.0


class Shared:
    """generation: goes up when the station has restarted or has another firmware: what was assumed of it is void."""

    def __init__(self, client: AkuvoxClient, station: AkuvoxStation, tools: Tools) -> None:
        self.client = client
        self.station = station
        self.tools = tools
        self.users = UserMap(tools.state.get)
        self.generation = 0
        self.readable: set[str] = set()  # logs that answered
        self.lacking: set[str] = set()  # logs that this firmware does not have
        self._zone = ZoneInfo(station.zone)
        self._is_known = False
        self._sampled = -_SAMPLE_SECONDS
        kept = tools.state.get(STATION) or {}
        self.skew: float | None = kept.get("skew")
        client.firmware = kept.get("firmware", "")
        client.remember_unsupported(client.firmware, kept.get("unsupported", ()))

    def lost(self) -> None:
        """It was away: another one may answer next."""
        self._is_known = False

    async def identify(self) -> None:
        """Once, then after `lost`. Raises WrongStation and other SourceTrouble."""
        if self._is_known:
            return
        await self.look_again()
        await self.sample_clock()

    async def look_again(self) -> SystemInfo | None:
        """None where the station cannot say who it is."""
        kept = self.tools.state.get(STATION) or {}
        self._is_known = False
        try:
            info = await self.client.system_info()
        except (NotSupported, RequestRefused) as error:
            log.warning("%s does not tell its MAC, and is taken for what answers there: %s", self.station.key, error)
            info = None
        self._is_known = True
        if self.client.firmware != kept.get("firmware", ""):
            self.generation += 1
            self.lacking.clear()
        await self._save({"firmware": self.client.firmware, "unsupported": sorted(self.client.unsupported)})
        return info

    async def sample_clock(self) -> SystemStatus | None:
        """Skew and restarts. None where the station says nothing of them."""
        self._sampled = self.tools.monotonic()
        try:
            status = await self.client.system_status()
        except (NotSupported, RequestRefused, ServerFault) as error:
            log.info("%s: its clock cannot be sampled: %s", self.station.key, error)
            return None
        now = self.tools.clock()
        changes: Json = {}
        if status.system_time is not None:
            changes |= self._skewed(status.system_time - now)
        if status.up_time is not None:
            changes |= self._started(now - status.up_time)
        await self._save(changes)
        return status

    async def check_clock(self, newest: str, seconds: float | None) -> None:
        """newest: local time of a row that came within so many seconds (None: not known). One that its clock should not
        have shown means that the clock was set: it is sampled before rows go out with a wrong skew."""
        if not newest or self.tools.monotonic() - self._sampled < _SAMPLE_SECONDS:
            return
        ahead = datetime.fromisoformat(newest).replace(tzinfo=self._zone).timestamp() - self.tools.clock()
        ahead -= self.skew or 0.0
        if ahead > _SKEW_SECONDS or (seconds is not None and ahead < -_SKEW_SECONDS - seconds):
            await self.sample_clock()

    def order(self, kind: str) -> Json:
        """An operator's last one of that kind; {} when there never was one."""
        found: Json = (self.tools.state.get(CONTROL) or {}).get(kind) or {}
        return found

    def notes(self, epoch: int | None = None, log_name: str = "") -> dict[str, str]:
        notes = {NOTE_ZONE: self.station.zone}
        if self.station.site:
            notes[NOTE_SITE] = self.station.site
        if epoch is not None:
            notes[NOTE_EPOCH] = str(epoch)
        if self.station.punches:
            notes[NOTE_PUNCHES] = ",".join(f"{reader}:{way}" for reader, way in self.station.punches.items())
        if self.skew is not None:
            notes[NOTE_SKEW] = f"{self.skew:g}"
        if log_name:
            notes[NOTE_LOG] = log_name
        return notes

    def _skewed(self, skew: float) -> Json:
        skew = round(skew, 1)
        self.tools.tell.skew(skew)
        before, self.skew = self.skew, skew
        if before is not None and abs(skew - before) > _SKEW_SECONDS:
            log.warning("%s: its clock went from %+.0f s to %+.0f s off ours", self.station.key, before, skew)
        return {"skew": skew}

    def _started(self, at: float) -> Json:
        kept = (self.tools.state.get(STATION) or {}).get("booted_at")
        if kept is not None and at <= kept + _SKEW_SECONDS:
            return {}
        if kept is not None:
            log.info("%s has restarted", self.station.key)
            self.generation += 1
        return {"booted_at": round(at)}

    async def _save(self, changes: Mapping[str, Any]) -> None:
        kept = self.tools.state.get(STATION) or {}
        changed = {name: value for name, value in changes.items() if value != kept.get(name)}
        if set(changed) == {"skew"} and "skew" in kept and abs(changed["skew"] - kept["skew"]) < _STEP_SECONDS:
            return
        if changed:
            await self.tools.state.put({STATION: {**kept, **changed}})
