"""The account of the polled sources: what the simulators' own ledgers hold against what is stored, as sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from clickhouse_connect.driver.client import Client

from schemas.identity import normal_pin
from simulate.akuvox.ledger import read_ledger as read_stations
from simulate.biotime.ledger import read_ledger as read_server

Key = TypeVar("Key", bound=tuple[str, ...])
PunchKey = tuple[str, str, str]
DoorKey = tuple[str, str, str, str]
_DOOR_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """made: rows that the source ever showed; visible: distinct ones of them found in ClickHouse; lost: made but not
    found; doubled: found more than once. both_ways: came by push as well as by poll (the terminal that does both)."""

    name: str
    made: int
    visible: int
    lost: int
    doubled: int
    both_ways: int = 0

    @property
    def clean(self) -> bool:
        return self.lost == 0 and self.doubled == 0


@dataclass(frozen=True, slots=True)
class MadeBySources:
    """What the simulators' ledgers say was there to be read."""

    server: frozenset[PunchKey]
    both_ways: frozenset[PunchKey]
    doors: frozenset[DoorKey]


def made_by_sources(server_ledger: Path, station_ledger: Path, both_ways: str) -> MadeBySources:
    """`both_ways`: serial of the terminal that also pushes. Rows that were overwritten unseen do not count."""
    rows = {
        (row.serial.upper(), normal_pin(row.emp_code), row.punch_time.replace(" ", "T"))
        for row in read_server(server_ledger).rows.values()
    }
    doors = {
        (f"akuvox:{row.mac}", row.log, row.id, row.local)
        for row in read_stations(station_ledger).rows
        if not row.unseeable
    }
    mine = {key for key in rows if key[0] == both_ways}
    return MadeBySources(frozenset(rows - mine), frozenset(mine), frozenset(doors))


def account_of(
    made: MadeBySources,
    punches: Mapping[PunchKey, int],
    ways: Mapping[PunchKey, frozenset[str]],
    doors: Iterable[DoorKey],
) -> list[SourceAccount]:
    """`punches`: visible rows of a key; `ways`: the ways by which its copies came; `doors`: visible door events."""
    door_counts = Counter(doors)
    both = sum(ways.get(key, frozenset()) >= {"push", "poll"} for key in made.both_ways)
    return [
        _compared("BioTime server", made.server, punches),
        _compared("terminal that comes both ways", made.both_ways, punches, both),
        _compared("door stations", made.doors, door_counts),
    ]


def visible_doors(client: Client) -> list[DoorKey]:
    """Door and call events in ClickHouse. Their source_ref is `akuvox:<mac>:<epoch>:<log>:<ID>`."""
    found = client.query("SELECT device, extra['source_ref'], local_text FROM access_v WHERE kind IN ('event', 'call')")
    keys = []
    for device, source_ref, local_text in found.result_rows:
        parts = source_ref.split(":")
        if len(parts) == _DOOR_PARTS:
            keys.append((device, parts[3], parts[4], local_text.replace(" ", "T")))
    return keys


def _compared(name: str, made: frozenset[Key], visible: Mapping[Key, int], both_ways: int = 0) -> SourceAccount:
    return SourceAccount(
        name=name,
        made=len(made),
        visible=sum(key in visible for key in made),
        lost=sum(key not in visible for key in made),
        doubled=sum(visible.get(key, 0) > 1 for key in made),
        both_ways=both_ways,
    )
