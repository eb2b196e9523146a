"""The readers of departments, areas and positions. Source: spec/connectors.md A3; DESIGN 4 (registry)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.biotime.group_records import (
    ALL_TERMINALS,
    GroupKind,
    ended,
    facts_of,
    group_id,
    periods_from_json,
    periods_to_json,
    told,
)
from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.reading import Absences, Reading
from connectors.biotime.terminals import TERMINAL_AREAS
from connectors.errors import ServerFault, SourceTrouble
from connectors.source import Json, Outcome
from schemas.registry import GroupPeriod, encode_record, record_key
from wire.biotime.errors import RowUnreadable
from wire.biotime.personnel import GroupRow

log = logging.getLogger(__name__)

_MAX_GROUPS: Final = 10_000  # of one kind
_REGISTRY: Final = b"registry"  # one partition


@dataclass(slots=True)
class _Changes:
    """What a reading found: rows to tell, records as they are now, what to save."""

    rows: list[Json] = field(default_factory=list)
    records: list[tuple[bytes, bytes | None, bytes]] = field(default_factory=list)
    state: dict[str, Json | None] = field(default_factory=dict)


class GroupsJob:
    """One page a run; records are made when the whole list is there, since a child may stand before its parent.

    State: `<kind>` {"codes": {id: code}}, `<kind>/<code>` {"digest": of the row, "periods": the record's}.
    """

    def __init__(self, kind: GroupKind, reader: ServerReader) -> None:
        self.name: str = kind.name
        self.every_seconds = reader.server.people_seconds
        self._kind = kind
        self._reader = reader
        self._absences = Absences()
        self._reading = Reading(self.name)
        self._rows: dict[str, Json] = {}

    async def run(self) -> Outcome:
        try:
            page = await self._reader.client.list_page(self.name, page=self._reading.page)
            keys = [str(row.get("id") or f"?{digest_of(row)}") for row in page.rows]
            if self._reading.take(page, keys):
                self._rows |= dict(zip(keys, page.rows, strict=True))
            if len(self._rows) > _MAX_GROUPS:
                raise ServerFault(f"more than {_MAX_GROUPS} {self.name} cannot be kept")
        except SourceTrouble:
            self._reading, self._rows = Reading(self.name), {}
            raise
        if not self._reading.ended:
            return Outcome(again=True)
        changes = self._changes()
        self._reading, self._rows = Reading(self.name), {}
        await self._reader.emit(self._kind.table, changes.rows)
        await self._reader.tools.emit.records("registry", changes.records)
        if changes.state:
            await self._reader.tools.state.put(changes.state)
        return Outcome(len(changes.rows))

    def _changes(self) -> _Changes:
        changes = _Changes()
        state = self._reader.tools.state
        known: dict[str, str] = (state.get(self.name) or {}).get("codes", {})
        groups = self._parsed()
        present = {number: row.code or row.id for number, row in groups.items()}
        codes = {**known, **present}
        devices = self._devices()
        for number, raw in self._rows.items():
            row = groups.get(number)
            if row is None:  # the normalizer makes a dead letter of it, once
                self._update(changes, f"?{number}", None, raw, told_devices=True)
                continue
            facts = facts_of(row, self._reader.server.key, codes, (devices or {}).get(number, ()))
            self._update(changes, codes[number], facts, raw, told_devices=devices is not None)
        if devices is not None and self._reader.server.dialect == "biotimecloud":
            name = f"all terminals of {self._reader.server.name}"
            every = tuple(sorted(serial for serials in devices.values() for serial in serials))
            self._update(changes, ALL_TERMINALS, GroupPeriod(name=name, devices=every), None, told_devices=True)
        for number in self._absences.judge(known.keys() - self._reading.seen, len(known), self._reading):
            code = codes.pop(number)
            if code not in present.values():
                log.info("%s: %s %s is gone", self._reader.server.key, self.name, code)
                self._update(changes, code, None, None, told_devices=True)
        if self._absences.held:
            log.warning(
                "%s: %d of %d %s are gone at once, which is not believed",
                self._reader.server.key, self._absences.held, len(known), self.name,
            )  # fmt: skip
        if codes != known:
            changes.state[self.name] = {"codes": codes}
        return changes

    def _update(
        self, changes: _Changes, code: str, facts: GroupPeriod | None, raw: Json | None, *, told_devices: bool
    ) -> None:
        """facts: what holds now, None for what is gone or cannot be read; raw: its row, where there is one."""
        place = f"{self.name}/{code}"
        before: Json = self._reader.tools.state.get(place) or {"digest": None, "periods": []}
        periods, now_ms = periods_from_json(before["periods"]), self._reader.now_ms()
        if facts is not None:
            if not told_devices and periods:
                facts = replace(facts, devices=periods[-1].devices)
            periods = told(periods, facts, now_ms)
        elif raw is None:
            periods = ended(periods, now_ms)
        digest = None if raw is None else digest_of(raw)
        if raw is not None and digest != before["digest"]:
            changes.rows.append(raw)
        if periods:
            record = self._kind.record(group_id(self._reader.server.key, code), periods)
            changes.records.append((record_key(record), encode_record(record), _REGISTRY))
        after = {"digest": digest, "periods": periods_to_json(periods)}
        if after != before:
            changes.state[place] = after

    def _parsed(self) -> dict[str, GroupRow]:
        found = {}
        for number, raw in self._rows.items():
            try:
                found[number] = self._kind.parse(raw)
            except RowUnreadable:
                continue
        return found

    def _devices(self) -> dict[str, tuple[str, ...]] | None:
        """Serials by area id; None where nobody has read the terminals yet."""
        if self.name != "areas":
            return {}
        kept = self._reader.tools.state.get(TERMINAL_AREAS)
        return None if kept is None else {area: tuple(serials) for area, serials in kept.items()}
