"""The reader of manual logs: punches that somebody asked for in writing, and that change when they are decided.

Source: spec/connectors.md A3, F21; errata B4.
"""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from connectors.biotime.corrections import correction_of, correction_record, status_of
from connectors.biotime.people_kept import code_of
from connectors.biotime.people_records import Record
from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.reading import Reading
from connectors.errors import SourceTrouble
from connectors.source import Json, Outcome
from schemas.corrections import CorrectionStatus
from schemas.polled import PolledTable
from wire.biotime.errors import RowUnreadable
from wire.biotime.manual_logs import ManualLogRow, parse_manual_log
from wire.biotime.secrets import strip_person
from wire.biotime.values import text_of

log = logging.getLogger(__name__)

_PER_CHUNK: Final = 256
_MAX_ASKED: Final = 20  # employees in a run
_MAX_CODES: Final = 10_000


class _Kept(NamedTuple):
    """version, status: of the correction that was told last; 0 and "" for none. digest: of the row."""

    version: int = 0
    digest: int = 0
    status: str = ""


class ManualLogsJob:
    """One page a run, all of them each time: an old one may be revoked today."""

    name = "manual_logs"

    def __init__(self, reader: ServerReader) -> None:
        self.every_seconds = reader.server.people_seconds
        self._reader = reader
        self._reading = Reading(self.name)
        self._codes: dict[str, str] = {}

    async def run(self) -> Outcome:
        try:
            page = await self._reader.mobile_page(self.name, self._reading.page)
            rows = page.rows if self._reading.take(page) else ()
        except SourceTrouble:
            self._reading = Reading(self.name)
            raise
        told = await self._tell(rows)
        if not self._reading.ended:
            return Outcome(told, again=True)
        self._reading = Reading(self.name)
        self._codes = {number: code for number, code in self._codes.items() if code}
        return Outcome(told)

    async def _tell(self, rows: tuple[Json, ...]) -> int:
        """A version is used up before it is told: a worker that dies in between leaves a gap, never one version that
        says two things."""
        chunks: dict[str, Json] = {}
        changed: list[Json] = []
        records: list[Record] = []
        after: dict[str, _Kept] = {}
        asked = 0
        for raw in rows:
            stripped = strip_person(raw)[0]
            row = _parsed(stripped)
            number = f"?{digest_of(stripped)}" if row is None else str(row.id)
            before = self._kept(chunks, number)
            code = None if row is None else self._known_code(row)
            if row is not None and code is None:
                if asked == _MAX_ASKED:
                    continue  # the next reading of the list asks on
                asked += 1
                code = await self._ask_code(row)
            digest = digest_of([stripped, code])
            if digest == before.digest:
                continue
            changed.append(raw)
            after[number] = before._replace(digest=digest)
            if row is not None and code:
                last = CorrectionStatus(before.status) if before.status else None
                status, version = status_of(row, last), before.version + 1
                correction = correction_of(
                    row, self._reader.server, self._reader.tools.tenant, code=code, status=status, version=version,
                    epoch=self._reader.epoch(), now_ms=self._reader.now_ms(),
                )  # fmt: skip
                records.append(correction_record(correction))
                after[number] = _Kept(version, digest, status.value)
                chunks[_place(number)][number] = list(before._replace(version=version))
        if not changed:
            return 0
        if records:
            await self._save(chunks, {_place(number) for number in after})
        await self._reader.emit(PolledTable.BIOTIME_MANUAL_LOGS, changed)
        if records:
            await self._reader.tools.emit.records("corrections", records)
        for number, kept in after.items():
            chunks[_place(number)][number] = list(kept)
        await self._save(chunks, {_place(number) for number in after})
        return len(changed)

    async def _save(self, chunks: dict[str, Json], places: set[str]) -> None:
        await self._reader.tools.state.put({place: chunks[place] for place in sorted(places)})

    def _kept(self, chunks: dict[str, Json], number: str) -> _Kept:
        place = _place(number)
        if place not in chunks:
            chunks[place] = self._reader.tools.state.get(place) or {}
        return _Kept(*chunks[place].get(number, ()))

    def _known_code(self, row: ManualLogRow) -> str | None:
        """None where somebody must be asked. A row names its employee by the server's id."""
        if row.emp_code or row.employee is None:
            return row.emp_code
        number = row.employee.id
        return row.employee.code or code_of(self._reader.tools.state, number) or self._codes.get(number)

    async def _ask_code(self, row: ManualLogRow) -> str:
        """ "" for an employee that the server does not know any more."""
        assert row.employee is not None
        found = await self._reader.client.employee(row.employee.id)
        code = text_of((found or {}).get("emp_code"))
        if not code:
            log.info("%s: manual log %d is of an unknown employee", self._reader.server.key, row.id)
        if len(self._codes) < _MAX_CODES:
            self._codes[row.employee.id] = code
        return code


def _place(number: str) -> str:
    return f"manual_logs/{'x' if number.startswith('?') else int(number) // _PER_CHUNK}"


def _parsed(row: Json) -> ManualLogRow | None:
    try:
        return parse_manual_log(row)
    except RowUnreadable:
        return None
