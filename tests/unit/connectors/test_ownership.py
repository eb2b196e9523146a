"""Membership in the group; the real group is in tests/integration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError

from connectors import ownership
from connectors.errors import Fatal
from connectors.ownership import Membership
from runtime.errors import StateUnreadable
from runtime.sections import KafkaSettings
from tests.integration.helpers import until
from tests.unit.connectors.stand_ins import Clock


class Consumer:
    """Stands in for aiokafka's."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.asked: list[tuple[TopicPartition, ...]] = []
        self.is_stopped = False

    async def getmany(self, *partitions: TopicPartition, **_: int) -> dict[TopicPartition, list[Any]]:
        self.asked.append(partitions)
        if self.failures:
            raise self.failures.pop(0)
        return {}

    async def stop(self) -> None:
        self.is_stopped = True


class Made:
    def __init__(self) -> None:
        self.log: list[str] = []
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.failure: Exception | None = None
        self.clock = Clock()
        self.membership = Membership(
            KafkaSettings(), group="g", instance_id="", take_over=self.take_over, let_go=self.let_go,
            monotonic=self.clock,
        )  # fmt: skip

    async def take_over(self, partitions: Sequence[int]) -> None:
        self.log.append(f"take {list(partitions)}")
        await self.may_take.wait()
        if self.failure is not None:
            raise self.failure
        self.log.append("taken")

    async def let_go(self) -> None:
        self.log.append("let go")
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
    made = Consumer()
    monkeypatch.setattr(ownership, "make_consumer", lambda *_, **__: made)
    monkeypatch.setattr(ownership, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(ownership, "_TAKE_OVER_SECONDS", 0.05)
    return made


def of(*numbers: int) -> list[TopicPartition]:
    return [TopicPartition("connectors.state", number) for number in numbers]


async def test_it_takes_over_what_is_assigned_and_lets_go_what_is_revoked(consumer: Consumer) -> None:
    made = Made()
    assert made.membership.trouble
    await made.membership.on_partitions_assigned(of(3, 1))
    await until(lambda: made.membership.trouble == "", "it is taken over", 5)
    await made.membership.on_partitions_revoked(of(3, 1))
    assert made.membership.trouble == "the sources are being assigned anew"
    assert made.log == ["take [1, 3]", "taken", "let go"]
    await made.membership.poll()
    assert consumer.asked == [(TopicPartition("", -1),)]  # what is in the topic is not read


async def test_a_rebalance_ends_a_take_over_that_lasts(consumer: Consumer) -> None:
    made = Made()
    made.may_take.clear()
    await made.membership.on_partitions_assigned(of(1))
    await until(lambda: made.log == ["take [1]"], "it has begun", 5)
    await made.membership.on_partitions_revoked(of(1))
    assert made.log == ["take [1]", "let go"]
    await made.membership.poll()


@pytest.mark.parametrize("step", ["take over", "let go"])
async def test_failures_within_a_rebalance_come_out_of_the_poll(consumer: Consumer, step: str) -> None:
    made = Made()
    made.failure = StateUnreadable("not within 300 s")
    if step == "take over":
        await made.membership.on_partitions_assigned(of(1))
        await until(lambda: bool(made.log), "it has begun", 5)
        await asyncio.sleep(0.01)
    else:
        await made.membership.on_partitions_revoked(of(1))
    with pytest.raises(StateUnreadable):
        await made.membership.poll()


async def test_errors_of_kafka_that_may_pass_are_waited_out_and_others_are_not(consumer: Consumer) -> None:
    made = Made()
    consumer.failures = [KafkaConnectionError(), GroupAuthorizationFailedError("g")]
    await made.membership.poll()
    with pytest.raises(GroupAuthorizationFailedError):
        await made.membership.poll()


async def test_a_process_that_stood_still_longer_than_its_session_ends(consumer: Consumer) -> None:
    made = Made()
    await made.membership.poll()
    made.clock.now += 14
    await made.membership.poll()
    made.clock.now += 16
    with pytest.raises(Fatal, match=r"stood still for 16 s, and its session in the group lasts 15 s"):
        await made.membership.poll()


async def test_the_end_lets_go_after_the_group_is_left(consumer: Consumer) -> None:
    made = Made()
    await made.membership.stop()
    assert (consumer.is_stopped, made.log) == (True, ["let go"])
