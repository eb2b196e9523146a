"""The model check of spec/connectors.md B-3: rings, bursts, clocks set back, clears, ID restarts, outages and crashes,
seeded; the stations' own ledger is the witness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from schemas.polled import PolledTable
from simulate.akuvox.ledger import LedgerRow, read_ledger
from simulate.akuvox.station import Station
from tests.unit.connectors.akuvox.rig import LOGS, SLOW, Crash, Quirks, TurnedClock, Worker, stations, working

STEPS = 120


@dataclass
class Life:
    """What happens between two polls, and while pages are read."""

    rng: Random
    station: Station
    clock: TurnedClock
    happened: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        what = self.rng.choices(
            ("quiet", "few", "burst", "back", "clear", "outage", "calls"), (20, 50, 8, 3, 5, 2, 20)
        )[0]
        self.happened[what] += 1
        self.clock.seconds += 5
        if what == "few":
            self.rows(self.rng.randint(1, 6), 2)
        elif what == "burst":
            self.rows(self.rng.randint(10, 150), 0)
        elif what == "back":
            self.station.step_clock(-3600)
        elif what == "clear":
            self.rows(self.rng.randint(0, 2), 1)
            self.station.clear("door")
            self.station.clear("call")
            self.rows(self.rng.choice((0, 0, 1, 3, 12)), 1)
        elif what == "outage":
            self.rows(self.rng.randint(50, 1500), 3 * 3600 / 1500)
        elif what == "calls":
            for _ in range(self.rng.randint(1, 5)):
                self.station.call_event()

    def meanwhile(self) -> None:
        """While a page is on its way."""
        self.clock.seconds += 0.01
        dice = self.rng.random()
        if dice < 0.2:
            self.rows(self.rng.choice((1, 1, 2, 9, 10, 11, 30)), 0)
        elif dice < 0.205:
            self.station.clear("door")

    def rows(self, count: int, seconds: float) -> None:
        for _ in range(count):
            self.clock.seconds += seconds
            self.station.door_event()
            if self.rng.random() < 0.1:
                self.station.call_event()


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_that_could_be_seen_is_lost_and_what_could_not_is_told(seed: int, tmp_path: Path) -> None:
    rng, ring = Random(seed), (1000, 100)[seed % 2]
    clock = TurnedClock()
    quirks = Quirks(
        ring=ring,
        slow_seconds=SLOW,
        restart_ids=rng.random() < 0.5,
        ignores_page=rng.random() < 0.2,
        words=rng.choice(("text", "short", "numeric")),
        date_form=rng.choice(("iso", "slash", "day_first", "compact")),
        missing_item=rng.random() < 0.5,
        single_object=rng.random() < 0.5,
    )
    polls: dict[str, list[tuple[float, bool]]] = {"door": [], "call": []}  # end, whether a gap was told
    crashed = 0
    async with (
        stations(tmp_path, clock, quirks=quirks, seed=seed) as found,
        working(found, tmp_path, clock) as worker,
    ):
        life = Life(rng, found[0], clock)
        life.rows(30, 1)
        found[0].call_event()
        await worker.run("doorlog", "calllog")
        begun = clock.seconds
        for _ in range(STEPS):
            life.step()
            clock.meanwhile = life.meanwhile
            if rng.random() < 0.05:
                worker.state.crash()
            crashed += await polled(worker, polls)
            worker.state.safe()
            clock.meanwhile = None
            if rng.random() < 0.05:
                await worker.restart()
        for _ in range(2):
            clock.seconds += 5
            await polled(worker, polls)
    rows = read_ledger(tmp_path / "ledger").rows
    for table, log in LOGS.items():
        check(worker, [row for row in rows if row.log == log], table, polls[log], begun, crashed=crashed > 0)


async def polled(worker: Worker, polls: dict[str, list[tuple[float, bool]]]) -> int:
    """Both logs; after a crash another worker does it again. Returns crashes."""
    crashes = 0
    for name, log in (("doorlog", "door"), ("calllog", "call")):
        before = len(worker.out.gaps(log))
        try:
            await worker.run(name)
        except Crash:
            crashes += 1
            await worker.restart()
            await worker.run(name)
        polls[log].append((worker.clock.seconds, len(worker.out.gaps(log)) > before))
    return crashes


def check(
    worker: Worker,
    rows: list[LedgerRow],
    table: PolledTable,
    polls: list[tuple[float, bool]],
    begun: float,
    *,
    crashed: bool,
) -> None:
    refs = worker.out.refs(table)
    assert crashed or set(refs.values()) <= {1}
    once = {(each.notes["epoch"], row["ID"]): row for each in worker.out.of(table) for row in each.body}
    got = Counter((row["ID"], row["Time"], row["Name"]) for row in once.values())
    seeable = Counter((row.id, row.local[11:], row.name) for row in rows if not row.unseeable)
    assert got == seeable
    for row in rows:
        if row.unseeable and row.gone_ms is not None and row.gone_ms > begun * 1000:
            after = [gap for end, gap in polls if end * 1000 >= row.gone_ms]
            assert any(after[:2]), f"{row} went, and no gap was told"
