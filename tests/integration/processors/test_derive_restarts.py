"""Two workers that are killed, stopped, frozen and joined under load end with the cards of a clean run.

The clean run is the pure model, in memory, over what lies in timecards.input. `-m soak` has twenty troubles in 32
partitions; what runs always is the same with fewer of them. SOAK_SEED: another course.
"""

from __future__ import annotations

import os
import random
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.derive_main import group_of
from runtime import topics
from runtime.errors import DeliveryFailed
from runtime.settings import Settings
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.employees import Employee, Employment
from schemas.payperiods import Manifest, PayPeriod, PeriodStatus
from schemas.registry import DevicePeriod, DeviceRecord, SitePeriod, SiteRecord
from schemas.registry_timecards import PayGroupPeriod, PayGroupRecord, PolicyPeriod, PolicyRecord
from tests.integration.helpers import make_settings, until
from tests.integration.processors.cards import (
    CARDS,
    DEVICE,
    HISTORY,
    INPUT,
    SITE,
    TENANT,
    ZONE,
    Told,
    assign,
    book_of,
    clean_book,
    finished,
    hex_id,
    ms,
    retract,
    tell,
    watermark,
    written,
)
from tests.integration.processors.keyed_part import Worker

FIRST = date(2026, 3, 2)  # a Monday; the clocks go forward on the 29th
STATE = "timecards.state"
SEED = int(os.environ.get("SOAK_SEED", "1"))
POLICY = PolicyRecord("all", (PolicyPeriod(preset="us_flsa"),))
MEAL = PolicyPeriod(preset="us_flsa", settings={"meal": {"tiers": [{"after": 360, "min": 30}]}})
WEEKLY = PayGroupRecord("weekly", (PayGroupPeriod(cycle="week"),))
PLACES = (SiteRecord(SITE, (SitePeriod(zone=ZONE),)), DeviceRecord(DEVICE, (DevicePeriod(site=SITE, tenant=TENANT),)))
PERIOD = PayPeriod(
    tenant=TENANT, pay_group="weekly", first=str(FIRST), last=str(FIRST + timedelta(6)), version=1,
    status=PeriodStatus.CLOSING, changed_at=1,
)  # fmt: skip
MANIFEST = Manifest(cards=0, employees=0, minutes={}, content_hash="0" * 32)


class Days:
    """What is told of one day after the other, with all that may come late, twice, wrong or of somebody else."""

    def __init__(self, chance: random.Random, people: int) -> None:
        self._chance = chance
        self.people = [f"e{number}" for number in range(1, people + 1)]
        self._late: list[Told] = []
        self._number = 0

    def begin(self) -> list[Told]:
        employment = [Employment(pay_group="weekly")]
        people = (
            Employee(tenant=TENANT, employee=name, rank=1, site=SITE, source="operator", employment=employment)
            for name in self.people
        )
        return [*PLACES, WEEKLY, POLICY, *people]

    def next(self) -> list[Told]:
        chance, day = self._chance, FIRST + timedelta(self._number)
        self._number += 1
        told, self._late = self._late, []
        for name in self.people:
            start = f"{day} {chance.randint(6, 9):02}:{chance.randint(0, 59):02}"
            end = f"{day} {chance.randint(15, 19):02}:{chance.randint(0, 59):02}"
            told.append(assign(name, start, 0))
            kind = chance.random()
            if kind < 0.7:
                told.append(assign(name, end, 1))
            elif kind < 0.8:
                self._late.append(assign(name, end, 1, received=ms(f"{day} 23:00")))
            elif kind < 0.9:
                told += self._corrected(name, end)
            if chance.random() < 0.1:  # it was somebody else's
                told.append(retract(name, start, identity=2))
                self._late.append(assign(chance.choice(self.people), start, 0, identity=2))
            if chance.random() < 0.1:
                told.append(assign(name, start, 0, rank=2))
            if self._number > 10 and chance.random() < 0.2:  # of the week that is locked by then
                old = FIRST + timedelta(chance.randrange(7))
                told += [assign(name, f"{old} 20:{self._number}", 0), assign(name, f"{old} 21:{self._number}", 1)]
        chance.shuffle(told)
        if chance.random() < 0.8:
            told.append(watermark(ms(f"{day} 23:59")))
        return told

    def _corrected(self, name: str, end: str) -> list[Told]:
        added = Correction(
            correction_id=hex_id(name, end), version=1, tenant=TENANT, employee=name,
            operation=CorrectionOperation.ADD, status=CorrectionStatus.APPROVED,
            local_text=f"{end}:00".replace(" ", "T"), zone=ZONE, punch_at=ms(end), state=1, decided_by="boss",
            decided_at=ms(end), source="operator",
        )  # fmt: skip
        if self._chance.random() < 0.3:
            self._late.append(replace(added, version=2, status=CorrectionStatus.REVOKED))
        return [added]


class Crew:
    """The workers: two of them, whatever happens to each."""

    def __init__(self, settings: Settings, chance: random.Random) -> None:
        self._settings = settings
        self._chance = chance
        self._workers: list[Worker] = []
        self._grown = 0

    async def begin(self) -> None:
        while len(self._workers) < 2:
            # Few inputs at a time: there is always a batch under way when something happens to it.
            overrides = (f"derive.hot_days={self._settings.derive.hot_days}", "derive.take_records=10")
            self._workers.append(await Worker.start("derive", self._settings, *overrides))

    async def work(self) -> None:
        """Until they have written some more, or nothing is left to be done."""

        async def end() -> int:
            async with KafkaReader(self._settings.kafka) as reader:
                return sum((await reader.end_offsets(STATE)).values())

        async def grown() -> bool:
            if await end() > self._grown + 10:
                return True
            async with KafkaReader(self._settings.kafka) as reader:
                return await reader.lag(group_of(self._settings.derive, INPUT), INPUT) == 0

        await until(grown, "the workers write state", 90)
        self._grown = await end()

    async def trouble(self, kind: str, during: list[Told]) -> None:
        """`during` is told meanwhile."""
        victim = self._workers.pop(self._chance.randrange(2))
        if kind == "kill":
            await victim.kill()
        elif kind == "leave":
            await left(victim)
        elif kind == "join":
            await self.begin()
            await self.work()
            await left(victim)
        else:
            victim.signal(signal.SIGSTOP)
            await self.begin()
            await tell(self._settings, *during)
            during = []
            await self.work()  # by those that have taken over, after the session's time-out
            victim.signal(signal.SIGCONT)
            await self.work_of_a_zombie(victim)
        await self.begin()
        await tell(self._settings, *during)

    async def work_of_a_zombie(self, victim: Worker) -> None:
        """It may find that it is fenced, or come back into the group; it is not needed any more."""
        await tell(self._settings, *(assign("zombie", f"2026-03-01 {hour:02}:00", hour % 2) for hour in range(24)))
        await self.work()
        await victim.kill()

    async def end(self) -> None:
        for worker in self._workers:
            worker.signal(signal.SIGTERM)
        assert [await worker.ended() for worker in self._workers] == [0, 0]

    async def kill(self) -> None:
        for worker in self._workers:
            await worker.kill()


async def left(worker: Worker) -> None:
    """In order, or before it had begun."""
    worker.signal(signal.SIGTERM)
    assert await worker.ended() in (0, -signal.SIGTERM)


async def same_as_clean(settings: Settings) -> None:
    await finished(settings, 240)
    expected = await clean_book(settings)

    async def same() -> bool:
        book = await book_of(settings)
        return (book.content, book.net) == (expected.content, expected.net)

    await until(same, "the cards are those of the clean run", 120)
    book = await book_of(settings)
    book.check()
    assert any(one["status"] == "LOCKED" for one in book.cards.values())
    assert book.net, "nothing came after the lock"
    assert len(book.content) > 50


async def go(settings: Settings, people: int, days: int, troubles: list[str]) -> None:
    chance = random.Random(SEED)
    load, crew = Days(chance, people), Crew(settings, chance)
    everything: list[Told] = load.begin()
    await topics.apply(settings.kafka)

    async def told_all() -> bool:
        try:
            await tell(settings, *everything)
        except DeliveryFailed:
            return False
        return True

    await until(told_all, "Kafka has leaders for the new partitions", 180)
    first_troubles = set(chance.sample(range(1, days), len(troubles)))
    try:
        await crew.begin()
        for number in range(days):
            told = load.next()
            everything += told
            if number == 9:
                await lock(settings)
            if number == 11:
                await finished(settings, 240)  # so that the lock holds the policy before
                await tell(settings, replace(POLICY, periods=(MEAL,)))
            if number in first_troubles:
                await tell(settings, *told[: len(told) // 2])
                await crew.trouble(troubles.pop(), told[len(told) // 2 :])
            else:
                await tell(settings, *told)
            await crew.work()
        await same_as_clean(settings)
        assert not troubles
        await nothing_new(settings, everything)
        await crew.end()
    finally:
        await crew.kill()


async def lock(settings: Settings) -> None:
    await tell(settings, PERIOD)

    async def reported() -> bool:
        found = {one["partition"] for _, one in await written(settings, "timecards.reports")}
        return len(found) == settings.kafka.partitions

    await until(reported, "every partition reports of the period", 120)
    locked = replace(PERIOD, version=2, status=PeriodStatus.LOCKED, manifest=MANIFEST)
    await tell(settings, locked)


async def nothing_new(settings: Settings, everything: list[Told]) -> None:
    """All of it once more, at new offsets: nothing is published."""

    async def ends() -> dict[str, int]:
        async with KafkaReader(settings.kafka) as reader:
            return {topic: len([one async for one in reader.records(topic)]) for topic in (CARDS, HISTORY)}

    before = await ends()
    # The registry as it is now: told in its old order it would change, and change back.
    await tell(settings, *(one for one in everything if not isinstance(one, PolicyRecord)))
    await finished(settings, 240)
    assert await ends() == before


@pytest.mark.timeout(420)
async def test_kills_joins_and_stops_change_no_card(stack: LocalStack, topic_prefix: str) -> None:
    settings = make_settings(stack, topic_prefix, "derive.health_port=0", "kafka.partitions=8")
    troubles = ["kill", "leave", "freeze", "join", "kill"]
    random.Random(SEED).shuffle(troubles)
    await go(settings, 16, 14, troubles)


@pytest.mark.timeout(240)
async def test_a_worker_that_wakes_up_in_the_middle_of_its_batch_changes_no_card(
    stack: LocalStack, topic_prefix: str
) -> None:
    settings = make_settings(stack, topic_prefix, "derive.health_port=0", "kafka.partitions=2")
    await topics.apply(settings.kafka)
    load = Days(random.Random(SEED), 16)
    await tell(settings, *load.begin(), *(one for _ in range(8) for one in load.next()))
    crew = Crew(settings, random.Random(SEED))
    zombie = await Worker.start("derive", settings, "derive.take_records=10")
    try:
        await crew.work()
        zombie.signal(signal.SIGSTOP)
        await crew.begin()
        await finished(settings, 120)
        zombie.signal(signal.SIGCONT)
        with suppress(TimeoutError):  # it ends when it was about to write; else it comes back into the group
            assert await zombie.ended(15) == 1
        book, expected = await book_of(settings), await clean_book(settings)
        assert book.content == expected.content
        book.check()
    finally:
        await zombie.kill()
        await crew.kill()


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_twenty_troubles_in_32_partitions_change_no_card(stack: LocalStack, topic_prefix: str) -> None:
    settings = make_settings(stack, topic_prefix, "derive.health_port=0", "kafka.partitions=32", "derive.hot_days=14")
    troubles = ["kill"] * 9 + ["leave"] * 4 + ["freeze"] * 3 + ["join"] * 4
    random.Random(SEED).shuffle(troubles)
    await go(settings, 80, 30, troubles)
