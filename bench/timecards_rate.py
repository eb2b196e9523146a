"""Cards per second: the model alone, the worker against Kafka, a plain loop that writes as much; and how long a punch
takes to its card at half of that."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from bench.place import Place
from bench.processes import Measured, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread, percentile, ratios
from bench.timecards_delay import delays
from bench.timecards_fill import INPUT, filling, opened, spread_people
from bench.timecards_people import SITES, Alone, Person, Warm, card_registry, live, registry_records, warm_month
from bench.timecards_process import CARDS, INPUTS, derive_process, wait_settled
from cli.kafka_reader import KafkaReader
from cli.parts import make_parts
from processors.derive_main import GC_THRESHOLD
from processors.timecards.stream.inputs import decode_input
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.timecards_input import TimecardInputKind

_PARTITIONS: Final = 4
_PEOPLE_EACH: Final = 300
# Wednesday to Friday, Monday, Tuesday: a working week after the warm month.
_DAYS: Final = tuple(date(2026, 7, day) for day in (1, 2, 3, 6, 7))
_NEXT_DAYS: Final = tuple(date(2026, 7, day) for day in (8, 9, 10, 13, 14))
_MOST: Final = 256
_DELAY_SECONDS: Final = 15.0
_SKIP_SECONDS: Final = 3.0
_DEADLINE_SECONDS: Final = 300.0
_PLAIN: Final = "bench_plain_records"
_LEAST_CARDS: Final = 2_000
_LONGEST_P95: Final = 2.0
_HOW: Final = (
    f"{_PARTITIONS * _PEOPLE_EACH:,} people in {_PARTITIONS} partitions, all with a warm month in state, punch four "
    f"times a day for a working week ({len(_DAYS)} days): everybody's first punch in any order, everybody's second "
    f"..., then the {len(SITES)} sites' watermarks to the day's end. Each punch changes a card; some change others of "
    "the week with it, and the watermarks complete what is left open. The model alone: decoded, applied and settled "
    "256 inputs at a time, with one partition's people, nothing written. The worker: `punchstream derive` on a "
    "`timecards.input` that is filled at once, everything written in transactions, cards counted by version. The "
    "plain loop reads the same inputs as JSON and writes for each punch what the model writes on average, of the "
    "same sizes, in transactions of as many inputs, and derives nothing. In turn, each on one core, Kafka on the "
    "other one. Then punches of the next days at half of the rate at which that worker had just taken inputs, for "
    f"{_DELAY_SECONDS:.0f} s; a card is there when a reader of committed records has it. Resolve and the edge come "
    "before: their time is not in it. `Of its core` is the share of the wall time that the process was given: "
    "neighbours and Kafka have the rest."
)


@dataclass(frozen=True, slots=True)
class Run:
    """Per second of wall time; CPU microseconds of the process for each; inputs include those of the sites."""

    inputs_per_second: float
    cards_per_second: float
    cpu_us_per_input: float
    cpu_us_per_card: float


@dataclass(frozen=True, slots=True)
class Delay:
    """Punches per second that were told; seconds until their cards."""

    per_second: float
    p50: float
    p95: float
    p99: float


def run(place: Place, rounds: int) -> Section:
    warm = warm_month()
    alone: list[Run] = []
    worker: list[Run] = []
    plain: list[Run] = []
    waits: list[Delay] = []
    with moved(place.kafka_pid, place.client_core):
        for number in range(rounds):
            place.say(f"timecards-rate: round {number + 1} of {rounds}")
            with pinned(place.server_core), _collecting_as_derive():
                measured, sizes = model_alone(warm)
            alone.append(measured)
            settings = place.settings(f"cards_rate_{number}", f"kafka.partitions={_PARTITIONS}")
            people = asyncio.run(_fill(settings, warm))
            flat_out, waited = _worker(place, settings, people)
            worker.append(flat_out)
            waits.append(waited)
            plain.append(_plain(place, settings, sizes))
    return _section(alone, worker, plain, waits)


@contextmanager
def _collecting_as_derive() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def model_alone(warm: Warm) -> tuple[Run, Counter[str]]:
    """And how many bytes it writes for each input, by topic."""
    people = [Person(number, f"E{number:06d}") for number in range(_PEOPLE_EACH)]
    stored = {key: value for _, key, value in warm.copies(people)}
    model = Alone({**stored, **warm.of_registry(len(registry_records()))}, card_registry())
    values = [encode_event(event) for event in live(people, _DAYS)]
    cards, sizes = 0, Counter[str]()
    started, cpu = time.monotonic(), time.process_time()
    for first in range(0, len(values), _MOST):
        model.take([decode_input(value) for value in values[first : first + _MOST]])
        while True:
            sizes["timecards.state"] += sum(map(len, filter(None, model.values.values())))
            for topic, _, value in model.written:
                sizes[topic] += len(value or b"")
                cards += topic == "timecards.history"
            if not model.busy:
                break
            model.take([])
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    inputs = len(values)
    punches = len(people) * len(_DAYS) * 4
    each = Counter({topic: size // punches for topic, size in sizes.items()})
    return Run(inputs / seconds, cards / seconds, cpu / inputs * 1e6, cpu / cards * 1e6), each


async def _fill(settings: Settings, warm: Warm) -> list[Person]:
    async with filling(settings) as filled:
        people = spread_people(filled.producer, _PEOPLE_EACH)
        await filled.state(warm, people)
    return people


def _worker(place: Place, settings: Settings, people: list[Person]) -> tuple[Run, Delay]:
    process = derive_process(place, settings)
    try:
        with pinned(place.server_core):
            process.start()
        wait_settled(process, settings, _DEADLINE_SECONDS)
        before = process.read(INPUTS).count
        count = asyncio.run(_tell(settings, people))
        first, cards = process.wait_for(INPUTS, before + 1, _DEADLINE_SECONDS), process.sample(CARDS)
        last, cards = process.wait_for(INPUTS, before + count, _DEADLINE_SECONDS), process.sample(CARDS) - cards
        inputs, seconds = last.count - first.count, last.at - first.at
        cpu = last.cpu_seconds - first.cpu_seconds
        flat_out = Run(inputs / seconds, cards / seconds, cpu / inputs * 1e6, cpu / cards * 1e6)
        return flat_out, _delay(settings, people, flat_out.inputs_per_second / 2)
    finally:
        process.stop()


async def _tell(settings: Settings, people: list[Person]) -> int:
    async with opened(settings) as filled:
        return await filled.inputs(list(live(people, _DAYS)))


def _delay(settings: Settings, people: list[Person], per_second: float) -> Delay:
    punches = (event for event in live(people, _NEXT_DAYS) if event.kind is TimecardInputKind.ASSIGN)
    told = list(islice(punches, int(per_second * _DELAY_SECONDS)))
    found = asyncio.run(delays(settings, told, per_second, _SKIP_SECONDS))
    return Delay(per_second, percentile(found, 0.5), percentile(found, 0.95), percentile(found, 0.99))


def _plain(place: Place, settings: Settings, sizes: Counter[str]) -> Run:
    """On the same inputs, those of the registry and of the delay included."""
    folder = place.folder / settings.kafka.topic("plain_cards")
    part = next(part for part in make_parts(settings, folder) if part.name == "derive")
    bytes_each = [str(sizes[f"timecards.{name}"]) for name in ("state", "daily", "week")]
    process = Measured("derive", ("bench.plain_cards", part.marker, *bytes_each), part.marker, part.health_port, folder)
    total = asyncio.run(_ends(settings))
    try:
        with pinned(place.server_core):
            process.start()
        first = process.wait_for(_PLAIN, 1, _DEADLINE_SECONDS)
        last = process.wait_for(_PLAIN, total, _DEADLINE_SECONDS)
    finally:
        process.stop()
    inputs, seconds = last.count - first.count, last.at - first.at
    return Run(inputs / seconds, 0.0, (last.cpu_seconds - first.cpu_seconds) / inputs * 1e6, 0.0)


async def _ends(settings: Settings) -> int:
    async with KafkaReader(settings.kafka) as reader:
        return sum((await reader.end_offsets(INPUT)).values())


def _section(alone: list[Run], worker: list[Run], plain: list[Run], waits: list[Delay]) -> Section:
    times_plain = ratios([run.cpu_us_per_input for run in worker], [run.cpu_us_per_input for run in plain])
    times_alone = ratios([run.cpu_us_per_input for run in worker], [run.cpu_us_per_input for run in alone])
    rows = []
    for name, runs, ratio in (
        ("model alone", alone, ""),
        ("worker", worker, f"{times_plain.text(1)} plain, {times_alone.text(1)} model"),
        ("plain loop", plain, "1"),
    ):
        derives = all(run.cards_per_second for run in runs)
        rows.append(
            [
                name,
                Spread.of([run.inputs_per_second for run in runs]).text(),
                Spread.of([run.cards_per_second for run in runs]).text() if derives else "-",
                Spread.of([run.cpu_us_per_input for run in runs]).text(),
                Spread.of([run.inputs_per_second * run.cpu_us_per_input / 1e4 for run in runs]).text(),
                Spread.of([run.cpu_us_per_card for run in runs]).text() if derives else "-",
                ratio,
            ]
        )
    told = Spread.of([one.per_second for one in waits])
    p50, p95, p99 = (Spread.of([getattr(one, name) for one in waits]) for name in ("p50", "p95", "p99"))
    tables = [
        Table(
            ("process", "inputs/s", "cards/s", "CPU us per input", "of its core %", "CPU us per card", "CPU, times"),
            rows,
        ),
        Table(
            ("punches/s told", "to the card: p50 s", "p95 s", "p99 s"),
            [(told.text(), p50.text(2), p95.text(2), p99.text(2))],
        ),
    ]
    targets = [
        _rate("worker: changed cards/s on one core", Spread.of([run.cards_per_second for run in worker])),
        _rate("worker: changed cards for each CPU second", Spread.of([1e6 / run.cpu_us_per_card for run in worker])),
        _rate(
            "model alone: changed cards for each CPU second", Spread.of([1e6 / run.cpu_us_per_card for run in alone])
        ),
        Target(
            "punch to card at half of the rate found here, p95 s",
            f"< {_LONGEST_P95:.0f}",
            p95.text(2),
            p95.median < _LONGEST_P95,
        ),
    ]
    figures: dict[str, Any] = {"alone": alone, "worker": worker, "plain": plain, "delay": waits}
    return Section("timecards-rate", _HOW, tables, targets, figures)


def _rate(what: str, found: Spread) -> Target:
    return Target(what, f">= {_LEAST_CARDS:,}", found.text(), found.median >= _LEAST_CARDS)
