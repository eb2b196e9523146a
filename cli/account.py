"""The account of a run: what the fleet made against what is stored, as sets of (serial, PIN, local second).

The fleet's own ledger is the only witness of what was made; nothing is compared by counts.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from cli.card_account import CardAccount
from cli.clickhouse_reader import delays_ms, reader
from cli.kafka_reader import KafkaReader
from cli.local_sources import LocalSources
from cli.source_account import DoorKey, SourceAccount, account_of, made_by_sources, visible_doors
from runtime.settings import Settings
from schemas.identity import normal_pin
from simulate.fleet.ledger import read_ledger

Key = tuple[str, str, str]

_TOPIC = "punches"
_READ_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Account:
    """made, acknowledged: by the fleet's ledger. in_kafka, in_clickhouse: distinct punches of the fleet found there.

    lost: acknowledged, but not visible in ClickHouse. doubled: visible more than once. strangers: visible on the
    fleet's devices, but never made. Delays are from receipt at the edge to the row being visible, milliseconds, over
    the punches that became visible since `since` (epoch seconds). cards: of the fleet's crew; None: it has none.
    """

    made: int
    acknowledged: int
    in_kafka: int
    in_clickhouse: int
    lost: int
    doubled: int
    strangers: int
    delay_p50_ms: int
    delay_p95_ms: int
    sources: tuple[SourceAccount, ...] = ()
    cards: CardAccount | None = None

    @property
    def clean(self) -> bool:
        own = self.lost == 0 and self.doubled == 0 and self.strangers == 0
        return own and all(source.clean for source in self.sources) and (self.cards is None or self.cards.clean)

    def write(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2) + b"\n")


async def take_account(
    settings: Settings, ledger_folder: Path, since: float, sources: LocalSources | None = None
) -> Account:
    """Read the ledgers, the `punches` topic and ClickHouse, and compare; cards are left to card_account.py."""
    ledger = await asyncio.to_thread(read_ledger, ledger_folder)
    devices = {serial for serial, _, _ in ledger.made}
    ways = await _read_kafka(settings)
    in_kafka = {key for key in ways if key[0] in devices}
    rows, doors, delays = await asyncio.to_thread(_read_clickhouse, settings, since)
    visible, doubled = compare_visible((key, copies) for key, copies in rows if key[0] in devices)
    of_sources: list[SourceAccount] = []
    if sources is not None:
        made = await asyncio.to_thread(
            made_by_sources, sources.server_ledger, sources.station_ledger, sources.both_ways
        )
        counts: Counter[Key] = Counter()
        for key, copies in rows:
            counts[key] += copies
        of_sources = account_of(made, counts, ways, doors)
    return Account(
        made=len(ledger.made),
        acknowledged=len(ledger.acked),
        in_kafka=len(in_kafka & ledger.made),
        in_clickhouse=len(visible & ledger.made),
        lost=len(ledger.acked - visible),
        doubled=doubled,
        strangers=len(visible - ledger.made),
        delay_p50_ms=delays[0],
        delay_p95_ms=delays[1],
        sources=tuple(of_sources),
    )


def compare_visible(rows: Iterable[tuple[Key, int]]) -> tuple[set[Key], int]:
    """The distinct keys, and how many of them are there more than once; two rows of one key count as twice."""
    visible: set[Key] = set()
    doubled: set[Key] = set()
    for key, copies in rows:
        if copies > 1 or key in visible:
            doubled.add(key)
        visible.add(key)
    return visible, len(doubled)


def punch_key(device: str, pin: str, local_text: str) -> Key:
    """As the fleet's ledger writes it."""
    return device, normal_pin(pin), local_text.replace(" ", "T").replace("/", "-")


async def _read_kafka(settings: Settings) -> dict[Key, frozenset[str]]:
    """The ways (push, poll) by which copies of each punch came."""
    ways: dict[Key, frozenset[str]] = {}
    async with asyncio.timeout(_READ_SECONDS), KafkaReader(settings.kafka) as reader:
        async for record in reader.records(_TOPIC):
            punch = orjson.loads(record.value)
            key = punch_key(punch["device"], punch["pin"], punch["local_text"])
            ways[key] = ways.get(key, frozenset()) | {punch["source"]}
    return ways


def _read_clickhouse(settings: Settings, since: float) -> tuple[list[tuple[Key, int]], list[DoorKey], tuple[int, int]]:
    with reader(settings.clickhouse) as client:
        found = client.query("SELECT device, pin, local_text, count() FROM punches_v GROUP BY device, pin, local_text")
        rows = [(punch_key(device, pin, text), copies) for device, pin, text, copies in found.result_rows]
        return rows, visible_doors(client), delays_ms(client, int(time.time() - since) + 1)
