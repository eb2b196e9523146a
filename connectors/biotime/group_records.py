"""Departments, areas and positions of a server as records of the registry: a changed fact begins a new period. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from connectors.source import Json
from schemas.polled import PolledTable
from schemas.registry import AreaRecord, DepartmentRecord, GroupPeriod, PositionRecord
from wire.biotime.personnel import GroupRow, parse_area, parse_department, parse_position

MAX_PERIODS: Final = 100  # then the oldest are told as one
ALL_TERMINALS: Final = "*"  # code of the area of all terminals of a server

GroupName = Literal["departments", "areas", "positions"]
GroupRecord = DepartmentRecord | AreaRecord | PositionRecord


@dataclass(frozen=True, slots=True)
class GroupKind:
    name: GroupName
    table: PolledTable
    parse: Callable[[Json], GroupRow]
    record: Callable[[str, tuple[GroupPeriod, ...]], GroupRecord]


KINDS: Final = {
    kind.name: kind
    for kind in (
        GroupKind(
            "departments", PolledTable.BIOTIME_DEPARTMENTS, parse_department,
            lambda group, periods: DepartmentRecord(group, periods, "connector"),
        ),
        GroupKind(
            "areas", PolledTable.BIOTIME_AREAS, parse_area,
            lambda group, periods: AreaRecord(group, periods, "connector"),
        ),
        GroupKind(
            "positions", PolledTable.BIOTIME_POSITIONS, parse_position,
            lambda group, periods: PositionRecord(group, periods, "connector"),
        ),
    )
}  # fmt: skip


def group_id(server_key: str, code: str) -> str:
    """`biotime:<server>/<code>`."""
    return f"{server_key}/{code}"


def facts_of(row: GroupRow, server_key: str, codes: dict[str, str], devices: tuple[str, ...]) -> GroupPeriod:
    """codes: of this list's ids; a parent may be named by its id alone."""
    parent = row.parent and (row.parent.code or codes.get(row.parent.id, ""))
    return GroupPeriod(name=row.name, parent=group_id(server_key, parent) if parent else "", devices=devices)


def told(periods: tuple[GroupPeriod, ...], facts: GroupPeriod, now_ms: int) -> tuple[GroupPeriod, ...]:
    """The history with these facts holding now; the first are taken to hold since ever."""
    if not periods:
        return (replace(facts, valid_from=None, valid_to=None),)
    last = periods[-1]
    if last.valid_to is None and replace(last, valid_from=None) == replace(facts, valid_from=None, valid_to=None):
        return periods
    return _bounded((*ended(periods, now_ms), replace(facts, valid_from=now_ms, valid_to=None)))


def ended(periods: tuple[GroupPeriod, ...], now_ms: int) -> tuple[GroupPeriod, ...]:
    """A period that would end before it began, or at once, was never true."""
    if not periods or periods[-1].valid_to is not None:
        return periods
    last = periods[-1]
    if last.valid_from is not None and last.valid_from >= now_ms:
        return periods[:-1]
    return (*periods[:-1], replace(last, valid_to=now_ms))


def periods_to_json(periods: tuple[GroupPeriod, ...]) -> list[Json]:
    return [
        {
            "from": one.valid_from,
            "to": one.valid_to,
            "name": one.name,
            "parent": one.parent,
            "devices": list(one.devices),
        }
        for one in periods
    ]


def periods_from_json(kept: list[Json]) -> tuple[GroupPeriod, ...]:
    return tuple(GroupPeriod(one["from"], one["to"], one["name"], one["parent"], tuple(one["devices"])) for one in kept)


def _bounded(periods: tuple[GroupPeriod, ...]) -> tuple[GroupPeriod, ...]:
    if len(periods) <= MAX_PERIODS:
        return periods
    kept = periods[-MAX_PERIODS:]
    return (replace(kept[0], valid_from=periods[0].valid_from), *kept[1:])
