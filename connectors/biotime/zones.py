"""Learnt zones of terminals behind a server: the median of punch minus upload over fresh rows, rounded to a quarter of
an hour, plus the server's own offset at that time (spec/connectors.md B-2.12). Pure.

No zone travels with a punch, and the server's `terminal_tz` is not to be trusted; but a terminal that is online uploads
within seconds, so what remains between its clock and the server's is the difference of their zones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.biotime.rows import SeenRow
from connectors.source import Json
from runtime.connector_sections import BioTimeServer
from wire.biotime.terminals import offset_of_terminal_tz
from wire.biotime.values import int_of

_QUARTER: Final = 900
_FRESH: Final = 120  # seconds between punch and upload of a terminal that is online
_FARTHEST: Final = 26 * 3600  # between two zones of this world
_KEPT: Final = 15
_ENOUGH: Final = 5
_MAX_TERMINALS: Final = 5_000  # of one server; more of them are read as their server


def upload_zone_of(server: BioTimeServer) -> ZoneInfo:
    """Of the server's own clock: what a manual's two rows show of the Cloud; a wrong guess would make every fresh punch
    a future one."""
    unsaid = "UTC" if server.dialect == "biotimecloud" else server.zone
    return ZoneInfo(server.upload_zone or unsaid)


@dataclass(slots=True)
class ZoneLearner:
    """zone: the server's, upload_zone: of its upload times; offsets: learnt so far, seconds east of UTC by serial as
    polled."""

    zone: ZoneInfo
    upload_zone: ZoneInfo
    offsets: dict[str, int] = field(default_factory=dict)
    _samples: dict[str, deque[int]] = field(default_factory=dict)

    def learn(self, rows: Iterable[SeenRow]) -> bool:
        """From rows that just arrived; True when an offset changed."""
        changed = False
        for row in rows:
            serial = row.serial
            if not serial or row.punch is None or row.upload is None:
                continue
            uploaded = datetime.fromisoformat(row.upload)
            apart = int((datetime.fromisoformat(row.punch) - uploaded).total_seconds())
            if abs(apart) > _FARTHEST or abs(apart - _quarters(apart)) > _FRESH:
                continue
            if serial not in self._samples and len(self._samples) >= _MAX_TERMINALS:
                continue
            samples = self._samples.setdefault(serial, deque(maxlen=_KEPT))
            samples.append(apart + _offset(self.upload_zone, uploaded))
            if len(samples) >= _ENOUGH:
                offset = _quarters(median(samples))
                changed |= self.offsets.get(serial) != offset
                self.offsets[serial] = offset
        return changed

    def unlike_server(self, serials: Collection[str], now: float) -> dict[str, int]:
        """Learnt offsets that differ from the server's at `now`, epoch seconds."""
        here = _offset_at(self.zone, now)
        learnt = {serial: self.offsets[serial] for serial in sorted(serials) if serial in self.offsets}
        return {serial: offset for serial, offset in learnt.items() if offset != here}

    def conflicts(self, serials: Collection[str], terminals: Mapping[str, Any], now: float) -> list[str]:
        """Terminals whose `terminal_tz` is not the offset that their punches are read with. It knows no summer time: a
        terminal that keeps its server's time may say the standard one all year."""
        here = _offset_at(self.zone, now)
        standard = {here, here - _summer_at(self.zone, now)}
        found = []
        for serial in sorted(serials):
            said = offset_of_terminal_tz(int_of((terminals.get(serial) or {}).get("tz")))
            read_with = self.offsets.get(serial, here)
            if said is not None and said not in (standard if read_with == here else {read_with}):
                found.append(serial)
        return found

    def to_json(self) -> Json:
        return dict(self.offsets)


def _quarters(seconds: float) -> int:
    return round(seconds / _QUARTER) * _QUARTER


def _offset(zone: ZoneInfo, local: datetime) -> int:
    offset = local.replace(tzinfo=zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _offset_at(zone: ZoneInfo, now: float) -> int:
    offset = datetime.fromtimestamp(now, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _summer_at(zone: ZoneInfo, now: float) -> int:
    summer = datetime.fromtimestamp(now, zone).dst()
    return 0 if summer is None else int(summer.total_seconds())
