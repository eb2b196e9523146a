"""Departments, positions and areas in registry files. Pure. Those of a server have ids such as `biotime:main/12`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from cli.registry_histories import HistoryReader, time_text
from cli.registry_rows import Row
from schemas.registry import AreaRecord, DepartmentRecord, GroupPeriod, PositionRecord, Record
from wire.zkpush.target import SERIAL

GroupRecord = DepartmentRecord | PositionRecord | AreaRecord
# By the key of the file that they stand under, in the order of an export.
SECTIONS: Final[dict[str, type[GroupRecord]]] = {
    "departments": DepartmentRecord,
    "positions": PositionRecord,
    "areas": AreaRecord,
}
# A server's codes may be any words: they are part of the id.
_ID = re.compile(r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,126}[^\s\x00-\x1f\x7f])?")
_ALLOWED = "1 to 128 characters without line breaks"


class GroupReader(HistoryReader):
    def groups(self, rows: list[Row]) -> list[Record]:
        """The records of the rows of these kinds, in the order of SECTIONS."""
        records: list[Record] = []
        for kind in SECTIONS.values():
            mine = [row for row in rows if row.kind == kind.kind]
            found = self.histories(mine, "id", _ID, _ALLOWED, self._period, str)
            records += [kind(id_, periods) for id_, periods in found.items()]
        return records

    def _period(self, row: Row) -> GroupPeriod:
        parent = row.values.get("parent", "")
        if parent and not _ID.fullmatch(parent):
            self.wrong(row, f"parent {parent[:80]!r} is not made of {_ALLOWED}", "parent")
        if parent and parent == row.values.get("id"):
            self.wrong(row, f"{parent} is its own parent", "parent")
        devices = tuple(part.strip().upper() for part in row.values.get("devices", "").split(";") if part.strip())
        for serial in devices:
            if not SERIAL.fullmatch(serial):
                self.wrong(row, f"devices: {serial[:80]!r} is no serial", "devices")
        valid_from, valid_to = self.validity(row)
        return GroupPeriod(
            valid_from=valid_from, valid_to=valid_to, name=self.name(row), parent=parent, devices=devices
        )


def group_sections(records: Iterable[Record]) -> dict[str, list[dict[str, Any]]]:
    """The sections of a YAML file that read back to these records; those without one are left out."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        for section, kind in SECTIONS.items():
            if isinstance(record, kind):
                sections.setdefault(section, []).extend(_entry(record.id, period) for period in record.periods)
    return {section: sections[section] for section in SECTIONS if section in sections}


def _entry(id_: str, period: GroupPeriod) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": id_, "name": period.name}
    if period.parent:
        entry["parent"] = period.parent
    if period.devices:
        entry["devices"] = list(period.devices)
    return {**entry, "valid_from": time_text(period.valid_from), "valid_to": time_text(period.valid_to)}
