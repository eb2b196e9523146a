"""The account of hours: every card of the crew against the simulator's own plan, number by number.

What was punched is told by the fleet's ledger, how far the sites are by the watermarks in `timecards.input` (read as
the cards' owner reads them), whether the plan's corrections were approved by `corrections`. The numbers are the plan's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from cli.clickhouse_reader import INFO_CODES
from cli.kafka_reader import KafkaReader
from processors.timecards.stream.event_time import EventTime
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.corrections import CorrectionOperation, CorrectionStatus
from schemas.timecards_input import TimecardInput, TimecardInputKind
from simulate.fleet.ledger import read_ledger
from simulate.fleet.plan.cards import NUMBERS, Card, CardKey, expected_cards
from simulate.fleet.plan.file import read_plan
from simulate.fleet.plan.model import Key, Plan

UNPLANNED: Final = INFO_CODES - {"DUPLICATE_PUNCH"}
"""Codes that the plan says nothing of."""

SHOWN_DIFFERENCES: Final = 20
_READ_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class CardDifference:
    """What is not the same on one card; only these numbers. A card that is not there is empty."""

    employee: str
    date: str
    expected: dict[str, Any]
    found: dict[str, Any]

    def __str__(self) -> str:
        both = ", ".join(f"{name} {self.expected[name]} planned, {self.found[name]} found" for name in self.expected)
        return f"{self.employee} {self.date}: {both}"


@dataclass(frozen=True, slots=True)
class CardAccount:
    """planned: cards that the plan comes to; agree: of these, the same in every number; differ: the others, and cards
    that the plan does not have. hours: planned minutes of work, as hours. corrected: the plan's corrections were
    approved. silent: sites of the crew whose terminals have not told how far they are, so that nothing is over there.
    """

    planned: int
    agree: int
    differ: int
    hours: float
    corrected: bool
    locked: int = 0
    silent: tuple[str, ...] = ()
    differences: tuple[CardDifference, ...] = ()

    @property
    def clean(self) -> bool:
        return self.differ == 0 and self.planned > 0


class Found:
    """What lies in Kafka about the crew. max_wait_hours: for how long a site is waited for."""

    def __init__(self, plan: Plan, max_wait_hours: float) -> None:
        self._plan = plan
        self._max_wait_ms = int(max_wait_hours * 3_600_000)
        self._employees = {person.employee for person in plan.people}
        self._corrections: dict[str, dict[str, Any]] = {}
        self._cards: dict[CardKey, tuple[tuple[int, int], dict[str, Any]]] = {}
        self._times: dict[int, EventTime] = {}
        self._spoken: dict[int, set[str]] = {}
        self._partitions: dict[str, int] = {}

    def take_card(self, value: bytes) -> None:
        """A record of `timecards.daily`."""
        card = orjson.loads(value)
        if card["tenant"] != self._plan.tenant or card["employee"] not in self._employees:
            return
        key, version = (card["employee"], card["work_date"]), (card["version"], card["revision"])
        if key not in self._cards or self._cards[key][0] < version:
            self._cards[key] = version, card

    def take_correction(self, value: bytes) -> None:
        """A record of `corrections`."""
        record = orjson.loads(value)
        before = self._corrections.get(record["correction_id"])
        if record["tenant"] == self._plan.tenant and (before is None or before["version"] < record["version"]):
            self._corrections[record["correction_id"]] = record

    def take_input(self, partition: int, value: bytes) -> None:
        """A record of `timecards.input`."""
        record = orjson.loads(value)
        employee = record.get("employee", "")  # what is empty is left out by some writers
        if record["kind"] == TimecardInputKind.WATERMARK:
            event = decode_event(TimecardInput, value)
            self._times.setdefault(partition, EventTime({}, max_wait_ms=self._max_wait_ms)).take(event)
            self._spoken.setdefault(partition, set()).add(event.site)
        elif record.get("tenant") == self._plan.tenant and employee in self._employees:
            self._partitions[employee] = partition

    @property
    def corrected(self) -> bool:
        approved = {
            (record["employee"], record["local_text"])
            for record in self._corrections.values()
            if record["operation"] == CorrectionOperation.ADD and record["status"] == CorrectionStatus.APPROVED
        }
        return all((wanted.employee, wanted.local) in approved for wanted in self._plan.corrections)

    @property
    def cards(self) -> dict[CardKey, dict[str, Any]]:
        """The newest version of each."""
        return {key: card for key, (_, card) in self._cards.items()}

    def told(self, employee: str, sites: frozenset[str]) -> float:
        """As this employee's partition has heard it, epoch milliseconds."""
        times = self._times.get(self._partitions.get(employee, -1))
        return float(times.of(sites)[0]) if times else 0.0

    @property
    def silent(self) -> tuple[str, ...]:
        """Sites of the crew that have not spoken to somebody who is at home there."""
        return tuple(
            sorted(
                {
                    person.site
                    for person in self._plan.people
                    if person.site not in self._spoken.get(self._partitions.get(person.employee, -1), ())
                }
            )
        )


async def take_cards(settings: Settings, ledger_folder: Path) -> CardAccount | None:
    """Read the plan, the ledger and the topics, and compare; None when the fleet has no crew."""
    plan = await asyncio.to_thread(read_plan, ledger_folder)
    if plan is None:
        return None
    ledger = await asyncio.to_thread(read_ledger, ledger_folder)
    found = Found(plan, settings.resolve.max_wait_hours)
    async with asyncio.timeout(_READ_SECONDS), KafkaReader(settings.kafka) as reader:
        async for record in reader.records("corrections"):
            if record.value is not None:
                found.take_correction(record.value)
        async for record in reader.records("timecards.input"):
            found.take_input(record.partition, record.value)
        async for record in reader.records("timecards.daily"):
            if record.value is not None:
                found.take_card(record.value)
    return await asyncio.to_thread(account_of_cards, plan, ledger.acked, found)


def account_of_cards(plan: Plan, acknowledged: set[Key], found: Found) -> CardAccount:
    """Compare what was found with what the plan comes to for the punches that were acknowledged."""
    planned: dict[CardKey, Card] = {}
    for person in plan.people:
        mine = replace(plan, people=(person,))
        told = partial(found.told, person.employee)
        planned |= expected_cards(mine, acknowledged, told, corrected=found.corrected)
    differences = compare(planned, found.cards)
    differing = {(one.employee, one.date) for one in differences}
    return CardAccount(
        planned=len(planned),
        agree=len(planned.keys() - differing),
        differ=len(differences),
        hours=round(sum(int(str(card["worked"])) for card in planned.values()) / 60, 2),
        corrected=found.corrected,
        locked=sum(card["status"] == "LOCKED" for card in found.cards.values()),
        silent=found.silent,
        differences=tuple(differences[:SHOWN_DIFFERENCES]),
    )


def compare(
    planned: Mapping[CardKey, Mapping[str, Any]], found: Mapping[CardKey, Mapping[str, Any]]
) -> list[CardDifference]:
    """Sorted by employee and date. Cards with nothing on them are as if they were not there."""
    plain = {key: _plain(card) for key, card in found.items()}
    empty = _plain({"status": "VOID"})
    differences = []
    for key in sorted(planned.keys() | plain.keys()):
        wanted, there = dict(planned.get(key, empty)), plain.get(key, empty)
        names = [name for name in wanted if wanted[name] != there[name]]
        if names:
            differences.append(
                CardDifference(*key, {name: wanted[name] for name in names}, {name: there[name] for name in names})
            )
    return differences


def _plain(card: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers and codes that a plan has."""
    if card["status"] == "VOID":
        return {**dict.fromkeys(NUMBERS, 0), "exceptions": []}
    return {**{name: card[name] for name in NUMBERS}, "exceptions": sorted(set(card["exceptions"]) - UNPLANNED)}


def card_lines(account: CardAccount) -> Iterable[str]:
    """For people."""
    when = "with the correction" if account.corrected else "without a correction"
    yield (
        f"cards: {account.agree:,} of {account.planned:,} agree with the plan ({account.hours:,.2f} hours, {when}), "
        f"{account.differ:,} differ, {account.locked:,} locked"
    )
    if account.silent:
        yield f"  no word yet on how far the terminals are: {', '.join(account.silent)}"
    for one in account.differences:
        yield f"  {one}"
    if account.differ > len(account.differences):
        yield f"  and {account.differ - len(account.differences):,} more"
