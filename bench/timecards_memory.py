"""What cards need in memory, and how long a worker takes to have it after another one is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any, Final

import orjson

from bench.place import Place
from bench.processes import moved, pinned
from bench.report import Section, Table, Target
from bench.state_load import Loaded
from bench.stats import Spread, ratios
from bench.timecards_fill import Filled, filling
from bench.timecards_people import WARM_FIRST, Person, members, warm_month
from cli.parts import write_settings
from runtime.settings import Settings

_PEOPLE: Final = 100_000
_PARTITIONS: Final = 32
_ALL_PEOPLE: Final = 500_000
_SECONDS: Final = 900
_MOST_SECONDS: Final = 60.0  # for a million records on one core
_GB: Final = 1e9
_HOW: Final = (
    f"The state of {_PEOPLE:,} people after a warm month (22 days of 4 punches, all cards COMPLETE, nothing archived "
    f"yet) in {_PARTITIONS} partitions of `timecards.state`: the month of {len(members(WARM_FIRST))} people went "
    "through the real model, the others have theirs under codes of their own. A process takes all partitions over as a "
    "worker does after another one was lost (producers fenced, everything read; no rebalance, which the session "
    "time-out adds), then makes the models of all partitions, which is done when each one is handled first. Resident "
    "memory is the difference to the process before it. The plain reader reads the same records with a bare aiokafka "
    "consumer and keeps nothing. In turn, on one core, Kafka on the other one. Compaction had nothing to remove: a "
    "topic that has been written to for long holds up to twice as many records. It was written just before, so Kafka "
    "has it in memory and reads no disk."
)


def run(place: Place, rounds: int) -> Section:
    settings = place.settings("cards_memory", f"kafka.partitions={_PARTITIONS}")
    file = place.folder / "cards_memory.toml"
    write_settings(settings, file)
    place.say(f"timecards-memory: writing the state of {_PEOPLE:,} people")
    filled = asyncio.run(_fill(settings))
    found: dict[str, list[Loaded]] = {"cache": [], "plain": []}
    with moved(place.kafka_pid, place.client_core):
        for number in range(rounds):
            place.say(f"timecards-memory: round {number + 1} of {rounds}")
            for what, measured in found.items():
                measured.append(_load(place, str(file), what))
    return _section(found, filled)


async def _fill(settings: Settings) -> Filled:
    warm = warm_month()
    async with filling(settings) as filled:
        await filled.state(warm, (Person(number, f"E{number:06d}") for number in range(_PEOPLE)))
        return filled


def _load(place: Place, file: str, what: str) -> Loaded:
    command = [sys.executable, "-m", "bench.state_load", file, what]
    with pinned(place.server_core):
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=_SECONDS)  # noqa: S603 - fixed, no shell
    return Loaded(**orjson.loads(done.stdout))


def _section(found: dict[str, list[Loaded]], filled: Filled) -> Section:
    cache, plain = found["cache"], found["plain"]
    of_cache = Spread.of([(one.rss_after - one.rss_before) / _GB for one in cache])
    of_models = Spread.of([(one.rss_models - one.rss_after) / _GB for one in cache])
    together = Spread.of([(one.rss_models - one.rss_before) / _GB for one in cache])
    size, records = filled.size / _PEOPLE, filled.records / _PEOPLE
    memory = Table(
        ("what", f"for {_PEOPLE:,} people", f"for {_ALL_PEOPLE:,} (times {_ALL_PEOPLE // _PEOPLE})"),
        [
            ("state records", f"{filled.records:,}", _times(filled.records, "", 0)),
            ("their keys and values, GB", f"{filled.size / _GB:.2f}", _times(filled.size / _GB)),
            ("for each person: records, KB", f"{records:.2f}, {size / 1000:.1f}", ""),
            ("resident memory of the state, GB", of_cache.text(2), _times(of_cache.median)),
            ("of the models' indexes beside it, GB", of_models.text(2), _times(of_models.median)),
            ("both, GB", together.text(2), _times(together.median)),
            (f"both, one of {_PARTITIONS} partitions, GB", "", f"{together.median * 5 / _PARTITIONS:.2f}"),
        ],
    )
    per_million = {name: Spread.of([_per_million(one) for one in ones]) for name, ones in found.items()}
    models = Spread.of([one.model_seconds / one.records * 1e6 for one in cache])
    ratio = ratios([one.seconds for one in cache], [one.seconds for one in plain])
    recovery = Table(
        ("process", "seconds for a million records", "CPU s for a million", "MB/s", "seconds, times plain"),
        [
            (
                name,
                per_million[key].text(1),
                Spread.of([one.cpu_seconds / one.records * 1e6 for one in ones]).text(1),
                Spread.of([one.size / one.seconds / 1e6 for one in ones]).text(),
                ratio.text(2) if key == "cache" else "1",
            )
            for name, key, ones in (("keyed state", "cache", cache), ("plain reader", "plain", plain))
        ]
        + [("models of all partitions", models.text(1), "", "", "")],
    )
    whole = Spread.of([_per_million(one) + one.model_seconds / one.records * 1e6 for one in cache])
    targets = [
        Target(f"memory for {_PEOPLE:,} people of a warm month, GB", "to be stated", together.text(2), True),
        Target(
            "recovery, models included, seconds for a million state records on one core",
            f"< {_MOST_SECONDS:.0f}",
            whole.text(1),
            whole.median < _MOST_SECONDS,
        ),
    ]
    figures: dict[str, Any] = {"loads": found, "records": filled.records, "bytes": filled.size}
    return Section("timecards-memory", _HOW, [memory, recovery], targets, figures)


def _per_million(one: Loaded) -> float:
    return one.seconds / one.records * 1e6


def _times(value: float, unit: str = "", digits: int = 1) -> str:
    return f"{value * _ALL_PEOPLE / _PEOPLE:,.{digits}f}{unit}"
