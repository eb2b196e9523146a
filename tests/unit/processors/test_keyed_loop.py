"""What the loop does with rebalances and failures; the real group and state are in tests/integration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError, OffsetOutOfRangeError, UnknownError

from processors import keyed_loop
from processors.errors import OffsetLost
from processors.keyed_loop import KeyedLoop
from processors.keyed_worker import KeyedWorker
from runtime.errors import DeliveryFailed, StateFenced, StateUnreadable
from runtime.sections import KafkaSettings
from tests.integration.helpers import until

ZERO, ONE = TopicPartition("punches", 0), TopicPartition("punches", 1)


class Record(NamedTuple):
    offset: int


class Consumer:
    """Stands in for aiokafka's: `answers` are what `getmany` gives or raises next, then nothing."""

    def __init__(self) -> None:
        self.answers: list[dict[TopicPartition, list[Record]] | Exception] = []
        self.asked: list[tuple[TopicPartition, ...]] = []
        self.stored: dict[TopicPartition, int] = {ZERO: 5}
        self.seeks: dict[TopicPartition, int] = {}
        self.failures: list[Exception] = []
        self.commits: list[dict[TopicPartition, int]] = []
        self.is_stopped = False

    def subscribe(self, topics: list[str], listener: object) -> None:
        """The test calls the listener."""

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        self.is_stopped = True

    async def getmany(self, *partitions: TopicPartition, **_: int) -> dict[TopicPartition, list[Record]]:
        self.asked.append(partitions)
        if not self.answers or ZERO not in partitions:
            await asyncio.sleep(0.001)
            return {}
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def committed(self, tp: TopicPartition) -> int | None:
        return self.stored.get(tp)

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 2)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.seeks[tp] = offset

    def highwater(self, _tp: TopicPartition) -> int:
        return 9

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.commits.append(offsets)
        self.stored.update(offsets)


class Worker:
    """Stands in for KeyedWorker: notes what it is told; `failures` are raised by the next batches, in turn."""

    source_topic = "punches"

    def __init__(self) -> None:
        self.owned: list[Sequence[int]] = []
        self.handled: list[tuple[int, list[int]]] = []
        self.failures: list[Exception] = []
        self.forgot = 0
        self.may_own, self.may_finish = asyncio.Event(), asyncio.Event()
        self.may_own.set()
        self.may_finish.set()
        self.unowned: Exception | None = None
        self.interrupted = 0
        self.most = 1000  # records of one call
        self.left: dict[int, int] = {}  # partition: how often it must still be called

    async def assigned(self, partitions: Sequence[int]) -> None:
        await self.may_own.wait()
        if self.unowned is not None:
            raise self.unowned
        self.owned.append(partitions)

    def revoked(self) -> None:
        self.forgot += 1

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        self.handled.append((partition, [record.offset for record in records]))
        await self.may_finish.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.left[partition] = self.left.get(partition, 0) - 1
        return min(len(records), self.most)

    def busy(self, partition: int) -> bool:
        return self.left.get(partition, 0) > 0

    def interrupt(self) -> None:
        self.interrupted += 1


class Made:
    """A loop that runs."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer, self.worker, self.stop = consumer, Worker(), asyncio.Event()
        self.loop = KeyedLoop(
            KafkaSettings(), cast("KeyedWorker[Any, Any]", self.worker), name="test", group="group", instance_id="",
            take_records=3, take_seconds=0.05,
        )  # fmt: skip
        self.running = asyncio.create_task(self.loop.run(self.stop))

    async def ended(self) -> None:
        await asyncio.wait_for(self.running, 5)


@pytest.fixture
async def made(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Made]:
    consumer = Consumer()
    monkeypatch.setattr(keyed_loop, "make_consumer", lambda *_, **__: consumer)
    found = Made(consumer)
    yield found
    found.stop.set()
    await asyncio.wait([found.running])
    assert found.consumer.is_stopped


def records(first: int, count: int = 1) -> list[Record]:
    return [Record(first + number) for number in range(count)]


async def test_it_goes_on_at_the_committed_offset_or_the_first_record(made: Made) -> None:
    await made.loop.on_partitions_assigned([ONE, ZERO])
    await until(lambda: not made.loop.trouble, "ready", 5)
    assert made.worker.owned == [[0, 1]]
    assert made.consumer.seeks == {ZERO: 5, ONE: 2}


async def test_nothing_is_read_before_the_state_is_owned(made: Made) -> None:
    made.worker.may_own.clear()
    made.consumer.answers = [{ZERO: records(5)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: len(made.consumer.asked) > 20, "it polls", 5)
    assert set(made.consumer.asked) == {(TopicPartition("", -1),)}
    assert made.loop.trouble
    made.worker.may_own.set()
    await until(lambda: made.consumer.stored[ZERO] == 6, "committed", 5)


async def test_offsets_are_committed_after_the_work(made: Made) -> None:
    made.worker.may_finish.clear()
    made.consumer.answers = [{ZERO: records(5, 2)}, {ZERO: records(7)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: bool(made.worker.handled), "handled", 5)
    assert made.worker.handled == [(0, [5, 6, 7])]  # one batch of what came in time
    assert made.consumer.stored == {ZERO: 5}
    made.worker.may_finish.set()
    await until(lambda: made.consumer.stored[ZERO] == 8, "committed", 5)


async def test_a_rebalance_waits_for_the_work_and_its_commit(made: Made) -> None:
    made.worker.may_finish.clear()
    made.consumer.answers = [{ZERO: records(5, 3)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: bool(made.worker.handled), "handled", 5)
    revoking = asyncio.ensure_future(made.loop.on_partitions_revoked([ZERO]))
    await asyncio.wait([revoking], timeout=0.05)
    assert not revoking.done()
    assert (made.worker.forgot, made.worker.interrupted) == (0, 1)
    made.worker.may_finish.set()
    await asyncio.wait_for(revoking, 5)
    assert made.consumer.stored == {ZERO: 8}
    assert made.worker.forgot == 1
    assert made.loop.trouble


async def test_what_was_taken_before_a_rebalance_is_not_handled_after_it(made: Made) -> None:
    made.loop._take_seconds = 5  # so that it is not handled before
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: not made.loop.trouble, "ready", 5)
    made.consumer.answers = [{ZERO: records(5)}]
    await until(lambda: not made.consumer.answers, "taken", 5)
    await made.loop.on_partitions_revoked([ZERO])
    await made.loop.on_partitions_assigned([ZERO])
    made.consumer.answers = [{ZERO: records(6, 3)}]
    await until(lambda: bool(made.worker.handled), "handled", 5)
    assert made.worker.handled == [(0, [6, 7, 8])]


async def test_an_assignment_that_is_taken_back_at_once_is_given_up(made: Made) -> None:
    made.worker.may_own.clear()
    await made.loop.on_partitions_assigned([ZERO])
    await asyncio.wait_for(made.loop.on_partitions_revoked([ZERO]), 5)
    made.worker.may_own.set()
    await made.loop.on_partitions_assigned([ONE])
    await until(lambda: not made.loop.trouble, "ready", 5)
    assert made.worker.owned == [[1]]


async def test_errors_that_pass_repeat_the_batch(made: Made) -> None:
    made.worker.failures = [DeliveryFailed("seeded")]
    made.consumer.answers = [KafkaConnectionError("seeded"), {ZERO: records(5)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: made.consumer.stored[ZERO] == 6, "committed", 5)
    assert made.worker.handled == [(0, [5]), (0, [5])]


async def test_a_batch_that_waits_is_given_up_in_a_rebalance(made: Made) -> None:
    made.worker.failures = [DeliveryFailed("seeded")] * 1000
    made.consumer.answers = [{ZERO: records(5)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: bool(made.worker.handled), "handled", 5)
    await asyncio.wait_for(made.loop.on_partitions_revoked([ZERO]), 5)
    assert made.consumer.stored == {ZERO: 5}


async def test_work_is_interrupted_at_the_stop(made: Made) -> None:
    made.worker.may_finish.clear()
    made.consumer.answers = [{ZERO: records(5)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: bool(made.worker.handled), "handled", 5)
    assert made.worker.interrupted == 0
    made.stop.set()
    await until(lambda: made.worker.interrupted == 1, "interrupted", 5)
    made.worker.may_finish.set()
    await made.ended()


async def test_a_batch_that_waits_is_given_up_at_the_stop(made: Made) -> None:
    made.worker.failures = [DeliveryFailed("seeded")] * 1000
    made.consumer.answers = [{ZERO: records(5)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: bool(made.worker.handled), "handled", 5)
    made.stop.set()
    await made.ended()
    assert made.consumer.stored == {ZERO: 5}


@pytest.mark.parametrize("failure", [CommitFailedError("seeded"), KafkaConnectionError("seeded")])
async def test_a_commit_that_kafka_refuses_is_no_loss(made: Made, failure: Exception) -> None:
    made.consumer.failures = [failure]
    made.consumer.answers = [{ZERO: records(5, 3)}, {ZERO: records(8)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: made.consumer.stored[ZERO] == 9, "the next offset is committed", 5)


async def test_of_two_failures_the_fatal_one_ends_it_and_nothing_is_committed(made: Made) -> None:
    made.worker.failures = [UnknownError("seeded"), StateFenced("seeded")]
    made.consumer.answers = [{ZERO: records(5), ONE: records(2)}]
    await made.loop.on_partitions_assigned([ZERO, ONE])
    with pytest.raises(StateFenced):
        await made.ended()
    assert made.consumer.stored == {ZERO: 5}


async def test_a_state_that_cannot_be_owned_ends_it(made: Made) -> None:
    made.worker.unowned = StateUnreadable("seeded")
    await made.loop.on_partitions_assigned([ZERO])
    with pytest.raises(StateUnreadable):
        await made.ended()


async def test_an_offset_that_is_gone_ends_it(made: Made) -> None:
    made.consumer.answers = [OffsetOutOfRangeError({ZERO: 5})]
    await made.loop.on_partitions_assigned([ZERO])
    with pytest.raises(OffsetLost, match="punches-0 at offset 5"):
        await made.ended()


async def test_a_busy_partition_goes_on_without_records_and_commits_nothing(made: Made) -> None:
    made.worker.left = {0: 3}
    made.consumer.failures = [CommitFailedError("nothing is to be committed")]
    await made.loop.on_partitions_assigned([ZERO, ONE])
    await until(lambda: len(made.worker.handled) == 3, "all is done", 5)
    polls = len(made.consumer.asked)
    await until(lambda: len(made.consumer.asked) > polls + 20, "it polls on", 5)
    assert made.worker.handled == [(0, [])] * 3
    assert made.consumer.failures
    assert made.consumer.stored == {ZERO: 5}


async def test_a_busy_partition_is_handled_once_with_what_came_in(made: Made) -> None:
    made.worker.left = {0: 1, 1: 1}
    made.consumer.answers = [{ZERO: records(5, 3)}]
    await made.loop.on_partitions_assigned([ZERO, ONE])
    await until(lambda: made.consumer.stored[ZERO] == 8, "committed", 5)
    assert sorted(made.worker.handled) == [(0, [5, 6, 7]), (1, [])]


async def test_a_busy_partition_waits_for_its_owner(made: Made) -> None:
    made.worker.may_own.clear()
    made.worker.left = {0: 1}
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: len(made.consumer.asked) > 20, "it polls", 5)
    assert made.worker.handled == []
    made.worker.may_own.set()
    await until(lambda: made.worker.handled == [(0, [])], "handled", 5)


async def test_what_a_worker_leaves_is_given_to_it_again_and_its_end_committed(made: Made) -> None:
    made.worker.most = 2
    made.loop._take_records = 5
    made.consumer.answers = [{ZERO: records(5, 5)}, {ZERO: records(10)}]
    await made.loop.on_partitions_assigned([ZERO])
    await until(lambda: made.consumer.stored[ZERO] == 11, "all are committed", 5)
    assert made.consumer.commits == [{ZERO: 7}, {ZERO: 9}, {ZERO: 10}, {ZERO: 11}]
    assert made.worker.handled == [(0, [5, 6, 7, 8, 9]), (0, [7, 8, 9]), (0, [9]), (0, [10])]


async def test_other_partitions_are_read_while_one_has_something_left(made: Made) -> None:
    made.worker.most = 0
    made.loop._take_records = 2
    made.consumer.answers = [{ZERO: records(5, 2)}]
    await made.loop.on_partitions_assigned([ZERO, ONE])
    await until(lambda: len(made.worker.handled) > 5, "it is given them again and again", 5)
    assert all(one == (0, [5, 6]) for one in made.worker.handled)
    assert made.consumer.asked[-1] == (ONE,)
    assert made.consumer.stored == {ZERO: 5}
    await made.loop.on_partitions_revoked([ZERO, ONE])
    handled = len(made.worker.handled)
    await made.loop.on_partitions_assigned([ONE])
    polls = len(made.consumer.asked)
    await until(lambda: len(made.consumer.asked) > polls + 20, "it polls on", 5)
    assert len(made.worker.handled) == handled
