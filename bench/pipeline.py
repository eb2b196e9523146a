"""Everything together on two cores: what rate it sustains, and how long a punch takes at half of that."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.place import Place
from bench.processes import Measured, cpu_seconds
from bench.report import Section, Table, Target
from bench.steps import MOST_DRAIN_SECONDS, Fleet, Step, drive
from cli.account import Account, take_account
from cli.parts import make_parts
from cli.registry_apply import apply_text
from runtime import topics
from runtime.settings import Settings
from simulate.fleet.registry_file import registry_yaml
from simulate.fleet.settings import FleetSettings
from sinks.clickhouse import make_client
from sinks.migrations import runner

TERMINALS: Final = 200
PEOPLE: Final = 1000
ROWS: Final = 20
_WARM_UP_SECONDS: Final = 30.0
_FLAT_OUT_SECONDS: Final = 10.0
_STEP_SECONDS: Final = 20.0
_HALF_SECONDS: Final = 20.0
# More is done at a time while the terminals are still at it, so what is sustained can be above the estimate.
_SHARES: Final = (1.1, 0.95, 0.8, 0.65, 0.5)
_LEAST_PER_SECOND: Final = 30_000
_LONGEST_P95_MS: Final = 2_000
_HOW = (
    f"{TERMINALS} simulated terminals of {PEOPLE:,} people send bodies of {ROWS} rows, four fifths of them with a new "
    "connection for each; edge, Kafka, normalizer, tracker, sink, ClickHouse and the terminals share two cores. First "
    f"flat out for {_FLAT_OUT_SECONDS:.0f} s: all punches over the time until the last one is visible is the estimate. "
    f"Then shares of it, from above, {_STEP_SECONDS:.0f} s each, until one is sustained: the terminals reach the rate, "
    f"and everything is visible within {MOST_DRAIN_SECONDS:g} s of their stop (a flush is 1.2 s). Then half of the "
    "sustained rate, with the delay from receipt at the edge to the visible row. At the end the account over all of it."
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The processes whose CPU time is told apart."""

    measured: tuple[Measured, ...]
    place: Place

    def cpu(self) -> dict[str, float]:
        found = {part.name: part.cpu_seconds() for part in self.measured}
        return {
            **found,
            "Kafka": cpu_seconds(self.place.kafka_pid),
            "ClickHouse": cpu_seconds(self.place.clickhouse_pid),
        }


def run(place: Place, rounds: int) -> Section:
    """`rounds` is of no use here: every step is one long measurement with its spread over time."""
    settings = place.settings("pipeline")
    ledger = place.folder / "ledger"
    asyncio.run(topics.apply(settings.kafka))
    runner.apply(settings.clickhouse)
    fleet_settings = FleetSettings(url="http://127.0.0.1:1", ledger=ledger, terminals=TERMINALS)
    asyncio.run(apply_text(settings, registry_yaml(fleet_settings)))
    folder = place.folder / "pipeline"
    measured = tuple(
        Measured(part.name, part.command[2:], part.marker, part.health_port, folder)
        for part in make_parts(settings, folder)
    )
    try:
        for part in measured:
            part.start()
        steps, half_started = _climb(place, settings, ledger, Parts(measured, place))
        place.say("pipeline: taking the account")
        account = asyncio.run(take_account(settings, ledger, half_started))
    finally:
        for part in reversed(measured):
            part.stop()
    return _section(steps, account)


def _climb(place: Place, settings: Settings, ledger: Path, parts: Parts) -> tuple[list[Step], float]:
    """The steps in their order, the last one at half of the sustained rate, and when that one started (epoch s)."""
    client = make_client(settings.clickhouse)
    count = f"SELECT count() FROM {settings.clickhouse.database}.punches"  # noqa: S608 - a name that settings vouch for

    def visible() -> int:
        return int(client.query(count).result_rows[0][0])

    url = f"http://127.0.0.1:{settings.ingest.port}"
    fleet = Fleet(url, ledger, TERMINALS, PEOPLE, ROWS)
    try:
        place.say("pipeline: warming up, then flat out")
        drive("warm-up", "max", _WARM_UP_SECONDS, fleet, visible, parts.cpu)  # Kafka compiles itself meanwhile
        steps = [drive("flat out", "max", _FLAT_OUT_SECONDS, fleet, visible, parts.cpu)]
        estimate = sustained = steps[0].over_all
        for share in _SHARES:
            sustained = share * estimate
            place.say(f"pipeline: {sustained:,.0f} punches/s")
            steps.append(drive(f"{share:.0%} of that", f"{sustained:.0f}", _STEP_SECONDS, fleet, visible, parts.cpu))
            if steps[-1].sustained:
                break
        place.say(f"pipeline: {sustained / 2:,.0f} punches/s, half of the sustained rate")
        started = time.time()
        steps.append(drive("half load", f"{sustained / 2:.0f}", _HALF_SECONDS, fleet, visible, parts.cpu))
    finally:
        client.close()
    return steps, started


def _section(steps: list[Step], account: Account) -> Section:
    best = max((step.acknowledged_per_second for step in steps if step.sustained), default=0.0)
    flat_out = steps[0]
    rows = [
        [
            step.name,
            f"{step.acknowledged_per_second:,.0f}",
            f"{step.visible_per_second:,.0f}",
            f"{step.behind_per_second:+,.0f}",
            f"{step.ack_p50_ms:.0f} / {step.ack_p95_ms:.0f}",
            f"{step.drained_seconds:.1f}",
            "yes" if step.sustained else "no",
        ]
        for step in steps
    ]
    names = list(flat_out.cpu_per_million)
    cpu_rows = [[step.name, *(f"{step.cpu_per_million[name]:.1f}" for name in names)] for step in steps]
    targets = [
        Target(
            "flat out, until the last one is visible, punches/s",
            f">= {_LEAST_PER_SECOND:,}",
            f"{flat_out.over_all:,.0f}",
            flat_out.over_all >= _LEAST_PER_SECOND,
        ),
        Target("sustained punches/s", f">= {_LEAST_PER_SECOND:,}", f"{best:,.0f}", best >= _LEAST_PER_SECOND),
        Target(
            "request to visible row at half load, p95 ms (p50)",
            f"< {_LONGEST_P95_MS:,}",
            f"{account.delay_p95_ms:,} ({account.delay_p50_ms:,})",
            account.delay_p95_ms < _LONGEST_P95_MS,
        ),
        Target(
            f"lost, doubled, of {account.acknowledged:,} acknowledged",
            "0, 0",
            f"{account.lost}, {account.doubled}",
            account.clean,
        ),
    ]
    headers = (
        "step", "acknowledged/s", "visible/s", "behind, punches/s", "ack p50 / p95 ms", "seconds to drain", "sustained",
    )  # fmt: skip
    tables = [Table(headers, rows), Table(("CPU s per million punches", *names), cpu_rows)]
    figures: dict[str, Any] = {"estimate": flat_out.over_all, "steps": steps, "account": account}
    how = f"{_HOW} Flat out: {flat_out.over_all:,.0f} punches/s until the last one was visible."
    return Section("pipeline", how, tables, targets, figures)
