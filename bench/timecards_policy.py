"""A policy that changes for everybody: how long until all cards are derived again, and whether heartbeats go on."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from bench.place import Place
from bench.processes import Measured, TooSlow, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread
from bench.timecards_fill import filling, spread_people
from bench.timecards_people import policy, warm_month
from bench.timecards_process import CARDS, INPUTS, SWEEPING, derive_process, wait_settled
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings

_PARTITIONS: Final = 4
_SWEPT_EACH: Final = 500  # people of a partition
_DEADLINE_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 0.02
_TAKEN_OVER: Final = "bench-cards_policy.timecards.state: partitions"
_DAILY_MINUTES: Final = (450, 480)
_SESSION_SECONDS: Final = 15.0
_HOW: Final = (
    f"A warm month of {_PARTITIONS * _SWEPT_EACH:,} people in {_PARTITIONS} partitions, and a policy of everybody that "
    "changes in the registry, to and fro (daily overtime after 450 or 480 minutes): all their weeks in state are "
    "derived again, nearly all of their 22 cards become others. Measured is from writing the record to the end of the "
    "last sweep. Meanwhile the health check is asked again and again: its longest answer is how long nothing else got "
    "a turn, heartbeats included. `punchstream derive` has one core, Kafka the other one."
)


@dataclass(frozen=True, slots=True)
class Swept:
    """Of one change. per_thousand: seconds for 1,000 people; longest: without a turn for anything else, seconds."""

    seconds: float
    per_thousand: float
    cpu_per_thousand: float
    cards: int
    longest: float
    taken_over: int


def run(place: Place, rounds: int) -> Section:
    with moved(place.kafka_pid, place.client_core):
        return _section(_policy(place, rounds))


def _policy(place: Place, rounds: int) -> list[Swept]:
    settings = place.settings("cards_policy", f"kafka.partitions={_PARTITIONS}", "log_level=INFO")
    place.say(f"timecards-policy: writing the state of {_PARTITIONS * _SWEPT_EACH:,} people")
    asyncio.run(_fill_state(settings))
    process, found = derive_process(place, settings), []
    try:
        with pinned(place.server_core):
            process.start()
        wait_settled(process, settings, _DEADLINE_SECONDS)
        for number in range(rounds):
            place.say(f"timecards-policy: policy change {number + 1} of {rounds}")
            found.append(_change(process, settings, _DAILY_MINUTES[number % 2]))
    finally:
        process.stop()
    return found


async def _fill_state(settings: Settings) -> None:
    warm = warm_month()
    async with filling(settings) as filled:
        await filled.state(warm, spread_people(filled.producer, _SWEPT_EACH))


def _change(process: Measured, settings: Settings, daily_min: int) -> Swept:
    people = _PARTITIONS * _SWEPT_EACH
    before, cards, cpu = process.read(INPUTS).count, process.sample(CARDS), process.cpu_seconds()
    deadline = (started := time.monotonic()) + _DEADLINE_SECONDS
    asyncio.run(write_changes(settings.kafka, compare_records([], [policy(daily_min)])))
    longest, done = 0.0, False
    while not done:
        asked = time.monotonic()
        if asked > deadline:
            raise TooSlow(f"derive has not brought a policy to {people:,} people within {_DEADLINE_SECONDS:.0f} s")
        sweeping = process.sample(SWEEPING)
        longest = max(longest, time.monotonic() - asked)
        done = not sweeping and process.read(INPUTS).count >= before + _PARTITIONS
        time.sleep(_LOOK_SECONDS)
    seconds, cpu = time.monotonic() - started, process.cpu_seconds() - cpu
    taken_over = process.log.read_text().count(_TAKEN_OVER)
    thousands = people / 1000
    cards = process.sample(CARDS) - cards
    return Swept(seconds, seconds / thousands, cpu / thousands, int(cards), longest, taken_over)


def _section(swept: list[Swept]) -> Section:
    longest = Spread.of([one.longest for one in swept])
    headers = ("policy change", "seconds", "s for 1,000 people", "CPU s for 1,000", "cards", "longest without a turn s")
    row = (
        f"{_PARTITIONS * _SWEPT_EACH:,} people",
        Spread.of([one.seconds for one in swept]).text(1),
        Spread.of([one.per_thousand for one in swept]).text(1),
        Spread.of([one.cpu_per_thousand for one in swept]).text(1),
        Spread.of([one.cards for one in swept]).text(),
        longest.text(2),
    )
    taken_over = max(one.taken_over for one in swept)
    targets = [
        Target("times that partitions were assigned, from the start on", "1", f"{taken_over}", taken_over == 1),
        Target(
            "longest without a heartbeat, s (session time-out)",
            f"< {_SESSION_SECONDS:.0f}",
            longest.text(2),
            longest.high < _SESSION_SECONDS,
        ),
    ]
    return Section("timecards-policy", _HOW, [Table(headers, [row])], targets, {"swept": swept})
