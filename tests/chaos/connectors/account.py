"""What the simulators' ledgers say was there, against the topics and ClickHouse, as sets of ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from schemas.identity import PunchIdentity
from schemas.polled import SERVER_PREFIX, STATION_PREFIX
from simulate.akuvox.ledger import Ledger as StationLedger
from simulate.akuvox.ledger import LedgerRow
from simulate.akuvox.ledger import read_ledger as read_stations
from simulate.biotime.ledger import read_ledger as read_server
from tests.chaos.connectors.workers import Kill
from wire.akuvox.times import local_time

_OUTAGES = ("offline", "reboot")
_TRANSFER_MS = 4_000  # from a page's way out to the acknowledgement of its rows, on a busy machine
_CLOCKS_MS = 1_000
_AGAIN_MS = 45_000  # until a source is surely read again after a kill: session, take-over, poll

RowKey = tuple[str, str, str, str]
"""Device, log, ID, local time: what tells a station's rows apart outside of the simulator."""


@dataclass(frozen=True, slots=True)
class ServersAccount:
    """Punches of all servers. made: ids of all transactions in the ledgers. lost: not visible in ClickHouse;
    not_in_topic: not even in `punches`. doubled: ids visible more than once, and rows (source_ref) with several ids.
    strangers: visible, never made. repeated: copies in the topic beyond the first, which ids make one."""

    made: int
    visible: int
    lost: int
    not_in_topic: int
    doubled: int
    strangers: int
    repeated: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StationsAccount:
    """Rows of all logs of all stations. made: in the ledger. unseeable: gone before anybody got them; read_in_vain:
    gone after a read that a kill or an outage of the station broke off, and spanned by a gap. visible, lost, doubled,
    strangers, repeated: as for servers, of all other rows. gaps: gap events; stretches: of unseeable rows without a
    break; uncovered: of these, without a gap event that spans them."""

    made: int
    unseeable: int
    read_in_vain: int
    visible: int
    lost: int
    not_in_topic: int
    doubled: int
    strangers: int
    repeated: int
    gaps: int
    stretches: int
    uncovered: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap event, by the station's row numbers. after: the row before it. before: the row that ends it, None when
    the log was empty. told_ms: when it was found, epoch milliseconds."""

    after: int
    before: int | None
    told_ms: int

    def spans(self, first: LedgerRow, last: LedgerRow) -> bool:
        if not self.after < first.number:
            return False
        if self.before is None:
            return last.gone_ms is not None and last.gone_ms <= self.told_ms
        return last.number < self.before


@dataclass(frozen=True, slots=True)
class Found:
    """copies: records of each id in the topic. visible: rows of each id in ClickHouse."""

    copies: Mapping[str, int]
    visible: Mapping[str, int]


def made_punches(ledgers: Mapping[str, Path], tenant: str) -> dict[str, str]:
    """Punch id to source_ref of every transaction."""
    found = {}
    for name, folder in ledgers.items():
        identities: dict[str, PunchIdentity] = {}
        for (epoch, row_id), row in read_server(folder).rows.items():
            device = row.serial.upper() or SERVER_PREFIX + name
            identity = identities.setdefault(device, PunchIdentity(tenant, device))
            punch = identity.punch_id(row.emp_code, row.punch_time.replace(" ", "T"))
            found[punch] = f"{SERVER_PREFIX}{name}:{epoch}:{row_id}"
    return found


def account_of_servers(made: Mapping[str, str], found: Found, refs: Iterable[tuple[str, int]]) -> ServersAccount:
    """refs: how many distinct ids each source_ref has in ClickHouse."""
    lost = made.keys() - found.visible.keys()
    strangers = found.visible.keys() - made.keys()
    twice = [event_id for event_id, rows in found.visible.items() if rows > 1]
    split = [ref for ref, ids in refs if ids > 1]
    return ServersAccount(
        made=len(made),
        visible=len(made.keys() & found.visible.keys()),
        lost=len(lost),
        not_in_topic=len(made.keys() - found.copies.keys()),
        doubled=len(twice) + len(split),
        strangers=len(strangers),
        repeated=sum(found.copies.values()) - len(found.copies),
        examples=[f"lost {made[each]}" for each in sorted(lost)[:5]]
        + [f"doubled {each}" for each in (*twice, *split)[:5]]
        + [f"stranger {each}" for each in sorted(strangers)[:5]],
    )


def account_of_stations(
    folder: Path, events: Mapping[str, RowKey], found: Found, gaps: Sequence[dict[str, Any]], kills: Sequence[Kill]
) -> StationsAccount:
    """events: which row each event id of the topic is; gaps: events of kind gap as in the topic, each id once."""
    ledger = read_stations(folder)
    by_key: dict[RowKey, list[LedgerRow]] = defaultdict(list)
    for row in ledger.rows:
        by_key[_key(row)].append(row)
    spans = _gaps(gaps, by_key)
    ids_of: dict[RowKey, list[str]] = defaultdict(list)
    for event_id, key in events.items():
        ids_of[key].append(event_id)
    in_topic = {key: len(ids) for key, ids in ids_of.items()}
    shown = {key: sum(event_id in found.visible for event_id in ids) for key, ids in ids_of.items()}
    is_broken = _broken_reads(ledger, kills)
    lost, unsent, in_vain = [], 0, 0
    for key, rows in by_key.items():
        due = [row for row in rows if not row.unseeable]
        missing = due[: max(0, len(due) - shown.get(key, 0))]
        unsent += max(0, len(due) - in_topic.get(key, 0))
        for row in missing:
            covered = any(gap.spans(row, row) for gap in spans[row.mac, row.log])
            if covered and is_broken(row):
                in_vain += 1
                unsent -= 1
            else:
                lost.append(row)
    twice = [key for key, rows in by_key.items() if shown.get(key, 0) > len(rows)]
    twice += [events[event_id] for event_id, rows in found.visible.items() if rows > 1 and event_id in events]
    stretches = list(_stretches(ledger.rows))
    bare = [each for each in stretches if not any(gap.spans(*each) for gap in spans[each[0].mac, each[0].log])]
    strangers = [key for key in shown if key not in by_key]
    return StationsAccount(
        made=len(ledger.rows),
        unseeable=sum(row.unseeable for row in ledger.rows),
        read_in_vain=in_vain,
        visible=sum(shown.values()),
        lost=len(lost),
        not_in_topic=unsent,
        doubled=len(twice),
        strangers=len(strangers),
        repeated=sum(found.copies.values()) - len(found.copies),
        gaps=len(gaps),
        stretches=len(stretches),
        uncovered=len(bare),
        examples=[f"lost {_shown(row)}" for row in lost[:5]]
        + [f"doubled {key}" for key in twice[:5]]
        + [f"strange {key}" for key in strangers[:5]]
        + [f"no gap for {_shown(first)} to {_shown(last)}" for first, last in bare[:5]],
    )


def _key(row: LedgerRow) -> RowKey:
    return STATION_PREFIX + row.mac, row.log, row.id, row.local


def _shown(row: LedgerRow) -> str:
    return f"{row.mac} {row.log} number {row.number} ID {row.id} {row.local}, {row.gone or 'there'}"


def _stretches(rows: Iterable[LedgerRow]) -> Iterator[tuple[LedgerRow, LedgerRow]]:
    """First and last row of each run of unseeable rows of one log."""
    logs: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
    for row in rows:
        logs[row.mac, row.log].append(row)
    for log in logs.values():
        run: list[LedgerRow] = []
        for row in sorted(log, key=lambda each: each.number):
            if row.unseeable:
                run.append(row)
            elif run:
                yield run[0], run[-1]
                run = []
        if run:
            yield run[0], run[-1]


def _gaps(
    events: Iterable[dict[str, Any]], by_key: Mapping[RowKey, list[LedgerRow]]
) -> dict[tuple[str, str], list[Gap]]:
    """By MAC and log. A row that IDs and times do not tell from another stands for each of them."""
    found: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    for event in events:
        device, log = event["device"], event["extra"]["log"]
        after = _numbers(device, log, event["extra"].get("last_known", ""), by_key) or [0]
        before: list[int | None] = [*_numbers(device, log, event["extra"].get("oldest_available", ""), by_key)]
        mac = device.removeprefix(STATION_PREFIX)
        found[mac, log] += [Gap(one, other, event["received_at"]) for one in after for other in before or [None]]
    return found


def _numbers(device: str, log: str, text: str, by_key: Mapping[RowKey, list[LedgerRow]]) -> list[int]:
    if not text:
        return []
    row = orjson.loads(text)
    key = (device, log, str(row.get("ID")), local_time(str(row.get("Date", "")), str(row.get("Time", ""))))
    return [each.number for each in by_key.get(key, [])]


def _broken_reads(ledger: StationLedger, kills: Sequence[Kill]) -> Callable[[LedgerRow], bool]:
    """Whether a row went between a read that a kill or an outage of its station broke off, and the next one."""
    of_workers = sorted(kill.at_ms for kill in kills)
    of_station: dict[str, list[int]] = defaultdict(list)
    for _, mac, what, _, at_ms in ledger.happened:
        if what in _OUTAGES:
            of_station[mac].append(at_ms)

    def is_broken(row: LedgerRow) -> bool:
        read, gone = row.last_served_ms, row.gone_ms
        if read is None or gone is None or gone - read > _AGAIN_MS:
            return False
        return any(read - _CLOCKS_MS <= at <= read + _TRANSFER_MS for at in (*of_workers, *of_station[row.mac]))

    return is_broken
