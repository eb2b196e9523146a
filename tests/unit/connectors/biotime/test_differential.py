"""Our reader against pybiotime's FakeBioTime over loopback HTTP, beside pybiotime's own read_new on the same server.

Every scenario is seeded: arrivals, punches weeks late, wrong clocks, bursts, outages, ids that become visible late,
rows deleted, arrivals between pages, a worker that dies after the acknowledgement and before the save.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from pybiotime import BioTimeClient as TheirClient
from pybiotime import TokenAuth
from pybiotime.testing import FakeBioTime, RecordedRequest

from connectors.biotime.client import BioTimeClient
from tests.unit.connectors.biotime.bridge import serving
from tests.unit.connectors.biotime.rig import Crash, Rig

SEEDS = range(104)
ROUNDS = 7


@dataclass
class Story:
    """What happens at one server."""

    seed: int
    rig: Rig
    fake: FakeBioTime
    hidden: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # round in which it becomes visible
    ever: set[int] = field(default_factory=set)
    crashes: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.deletes = self.seed % 3 == 1
        self.dies = self.seed % 4 == 2
        self.drifts = self.seed % 2 == 0
        if self.seed % 13 == 12:
            self.fake.honoured_orders = set()
        if self.seed % 10 == 9:
            self.fake.page_size_param = "limit"

    def arrive(self, ago: float | None = None) -> dict[str, Any]:
        chance = self.random.random()
        if ago is None:
            late = self.random.uniform(0, 60 * 86_400) if chance < 0.1 else self.random.uniform(0, 90)
            ago = -400 * 86_400.0 if chance > 0.98 else 1000 * 86_400.0 if chance > 0.96 else late
        row = self.fake.add_transaction(
            emp_code=str(self.random.randint(1, 40)).zfill(4),
            punch_time=datetime.fromisoformat(self.rig.local(ago)),
            upload_time=datetime.fromisoformat(self.rig.local()),
            terminal_sn=f"T{self.random.randint(1, 3)}",
        )
        self.ever.add(row["id"])
        return row

    def happen(self, number: int) -> None:
        chance = self.random.random()
        self.rig.pass_time(self.random.uniform(3600, 11 * 3600) if chance < 0.1 else self.random.uniform(20, 900))
        for _ in range(70 if self.random.random() < 0.1 else self.random.randint(0, 12)):
            self.rig.pass_time(self.random.uniform(0, 2))
            row = self.arrive()
            if self.random.random() < 0.1:
                self.fake.transactions.remove(row)
                self.hidden.append((number + self.random.randint(1, 2), row))
        self.fake.transactions += [row for at, row in self.hidden if at <= number]
        self.hidden = [(at, row) for at, row in self.hidden if at > number]
        if self.deletes and self.fake.transactions:
            for _ in range(self.random.randint(0, 2)):
                del self.fake.transactions[self.random.randrange(len(self.fake.transactions))]

    def between_pages(self, request: RecordedRequest) -> None:
        if "transactions" in request.path and self.random.random() < 0.15:
            self.arrive()
        if self.deletes and self.random.random() < 0.05 and len(self.fake.transactions) > 3:
            del self.fake.transactions[self.random.randrange(len(self.fake.transactions))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_same_ids(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BIOTIME_PASSWORD", "secret")
    fake = FakeBioTime(username="api", password="secret", version=("9.5", "9.0", "8.0")[seed % 3])
    async with serving(fake) as url:
        rig = Rig(url=url, auth="token", password_env="TEST_BIOTIME_PASSWORD", page_size=20)
        client = BioTimeClient(
            rig.server, clock=lambda: rig.now, monotonic=lambda: rig.now, random=Random(seed)
        )  # fmt: skip
        rig.client = client
        rig.started()
        await client.open()
        try:
            await told(Story(seed, rig, fake))
        finally:
            await client.close()


async def told(story: Story) -> None:
    rig, fake = story.rig, story.fake
    theirs: set[int] = set()
    kept: dict[str, Any] | None = None
    with TheirClient(
        "http://their.test", auth=TokenAuth("api", fake.password), page_size=20, transport=fake.transport()
    ) as reader:
        for _ in range(story.random.randint(0, 60)):
            story.arrive(story.random.uniform(0, 20 * 86_400))
        for number in range(ROUNDS + 1):
            if number == ROUNDS:
                story.drifts = story.dies = False
                rig.pass_time(4000)
                fake.transactions += [row for _, row in story.hidden]
            else:
                story.happen(number)
            fake.after_request = story.between_pages if story.drifts else None
            if story.dies and story.random.random() < 0.3:
                rig.state.crash_at = story.random.randint(0, 1)
            try:
                await rig.settle()
            except Crash:
                story.crashes += 1
                rig.started()
            fake.after_request = None
            rig.state.crash_at = None
            if story.deletes:  # what came meanwhile may be gone before the next round, and theirs reads now
                await rig.settle()
            result = reader.transactions.read_new(kept, lookback=timedelta(days=1))
            theirs |= {row.id for row in result.transactions}
            kept = result.state
        await rig.settle()
    held = {row["id"] for row in fake.transactions}
    ours = set(rig.out.ids)
    assert held <= ours, f"lost: {sorted(held - ours)}"
    assert ours <= story.ever
    assert theirs - ours == set()
    if not story.deletes:
        assert ours == story.ever
    if not story.crashes:
        assert {number for number, times in rig.out.ids.items() if times > 1} == set()
