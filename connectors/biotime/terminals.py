"""The terminals of a server, all of them at each poll: whether one is online is told by how old its last activity is,
so no news is news too. Source: spec/connectors.md A3, F23."""

from __future__ import annotations

import logging
from typing import Final

from connectors.biotime.feed import TERMINALS, ZONES
from connectors.biotime.reader import ServerReader
from connectors.biotime.reading import Reading
from connectors.biotime.zones import ZoneLearner
from connectors.errors import SourceTrouble
from connectors.source import Json, Outcome
from schemas.polled import NOTE_CONFLICTS, NOTE_OFFSETS, PolledTable
from wire.biotime.errors import RowUnreadable
from wire.biotime.terminals import TerminalRow, parse_terminal

log = logging.getLogger(__name__)

TERMINAL_AREAS: Final = "terminal_areas"
_MAX_KEPT: Final = 4_000  # of one server; with more, the state would not fit into one record
_EVERY_SECONDS: Final = 120.0


class TerminalsJob:
    """One page a run. What transactions and areas need to know of them is saved at the end."""

    name = "terminals"
    every_seconds = _EVERY_SECONDS

    def __init__(self, reader: ServerReader) -> None:
        self._reader = reader
        self._reading = Reading(self.name)
        self._found: dict[str, TerminalRow] = {}

    async def run(self) -> Outcome:
        try:
            page = await self._reader.client.terminals_page(page=self._reading.page)
            rows = page.rows if self._reading.take(page, [_key(row) for row in page.rows]) else ()
        except SourceTrouble:
            self._begin()
            raise
        found = _by_serial(rows)
        self._found |= found
        await self._reader.emit(PolledTable.BIOTIME_TERMINALS, rows, self._zone_notes(found))
        if self._reading.ended:
            await self._save()
            self._begin()
            return Outcome(len(rows))
        return Outcome(len(rows), again=True)

    def _begin(self) -> None:
        self._reading, self._found = Reading(self.name), {}

    def _zone_notes(self, found: dict[str, TerminalRow]) -> dict[str, str]:
        reader, serials = self._reader, list(found)
        zones = ZoneLearner(reader.zone, reader.upload_zone, reader.tools.state.get(ZONES) or {})
        now = reader.tools.clock()
        said = {serial: {"tz": row.terminal_tz} for serial, row in found.items()}
        notes = {}
        if offsets := zones.unlike_server(serials, now):
            notes[NOTE_OFFSETS] = ",".join(f"{serial}:{offset}" for serial, offset in offsets.items())
        if conflicts := zones.conflicts(serials, said, now):
            notes[NOTE_CONFLICTS] = ",".join(conflicts)
        return notes

    async def _save(self) -> None:
        """Terminals that a whole reading does not show are forgotten; a spoilt one forgets nobody."""
        state = self._reader.tools.state
        known: Json = {} if self._reading.is_whole else state.get(TERMINALS) or {}
        terminals = {**known, **{serial: _kept(row) for serial, row in self._found.items()}}
        if len(terminals) > _MAX_KEPT:
            log.warning("%s has %d terminals; %d are kept", self._reader.server.key, len(terminals), _MAX_KEPT)
            terminals = dict(sorted(terminals.items())[:_MAX_KEPT])
        areas: dict[str, list[str]] = {} if self._reading.is_whole else state.get(TERMINAL_AREAS) or {}
        moved = {serial.upper() for serial in self._found}
        areas = {area: [serial for serial in serials if serial not in moved] for area, serials in areas.items()}
        for serial, row in sorted(self._found.items())[:_MAX_KEPT]:
            areas.setdefault(row.area.id if row.area else "", []).append(serial.upper())
        saved: dict[str, Json | None] = {TERMINALS: terminals, TERMINAL_AREAS: areas}
        if changed := {name: value for name, value in saved.items() if value != state.get(name)}:
            await state.put(changed)


def _kept(row: TerminalRow) -> Json:
    """`last_upload` is not known: `push_time` is something else, since a terminal that does upload shows its sentinel
    of 1901 (biotimecloud-api, 4 and 9)."""
    return {"tz": row.terminal_tz, "last_activity": row.last_activity, "last_upload": None}


def _key(row: Json) -> str:
    return str(row.get("id"))


def _by_serial(rows: tuple[Json, ...]) -> dict[str, TerminalRow]:
    """Rows that cannot be read become dead letters of the normalizer."""
    found = {}
    for row in rows:
        try:
            terminal = parse_terminal(row)
        except RowUnreadable:
            continue
        if terminal.sn:
            found[terminal.sn] = terminal
    return found
