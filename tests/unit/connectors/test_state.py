"""One transaction for all who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connectors.state import GroupCommit, SourceState, state_key
from runtime.errors import StateFenced, StateTooBig


class Kafka:
    """Stands in for KeyedState: a transaction ends when the test says so."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes | None] = {}
        self.transactions: list[tuple[int, dict[bytes, bytes | None]]] = []
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.failure: Exception | None = None

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self.values.get(key)

    async def put(self, partition: int, values: Mapping[bytes, bytes | None], also: Sequence[Any] = ()) -> None:
        self.transactions.append((partition, dict(values)))
        await self.may_commit.wait()
        if self.failure is not None:
            raise self.failure
        self.values.update(values)


async def test_many_sources_of_a_partition_share_a_transaction() -> None:
    kafka = Kafka()
    group = GroupCommit(kafka)
    states = [SourceState(group, 0, f"akuvox:{number}") for number in range(50)]
    await asyncio.gather(*(state.put({"doorlog": {"n": 1}}) for state in states))
    assert [len(values) for _, values in kafka.transactions] == [50]
    assert states[7].get("doorlog") == {"n": 1}
    assert kafka.values[b"akuvox:7+doorlog"] == b'{"n":1}'


async def test_what_comes_while_one_is_under_way_goes_together_in_the_next() -> None:
    kafka = Kafka()
    kafka.may_commit.clear()
    group = GroupCommit(kafka)
    waiting = [asyncio.create_task(group.put(0, {b"a": b"1"}))]
    await asyncio.sleep(0.01)
    waiting += [asyncio.create_task(group.put(0, {b"a": b"%d" % number, b"b": b"x"})) for number in (2, 3)]
    waiting.append(asyncio.create_task(group.put(1, {b"c": b"1"})))
    await asyncio.sleep(0.01)
    assert [partition for partition, _ in kafka.transactions] == [0, 1]
    kafka.may_commit.set()
    await asyncio.gather(*waiting)
    assert kafka.transactions[2:] == [(0, {b"a": b"3", b"b": b"x"})]
    assert kafka.values[b"a"] == b"3"
    await group.settle(1)


async def test_who_stops_waiting_stops_no_transaction_and_a_put_not_begun_is_left_out() -> None:
    kafka = Kafka()
    kafka.may_commit.clear()
    group = GroupCommit(kafka)
    first = asyncio.create_task(group.put(0, {b"a": b"1"}))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(group.put(0, {b"b": b"1"}))
    await asyncio.sleep(0.01)
    first.cancel()
    second.cancel()
    await asyncio.wait([first, second])
    kafka.may_commit.set()
    await group.settle(1)
    assert (kafka.values, len(kafka.transactions)) == ({b"a": b"1"}, 1)


async def test_a_fenced_transaction_fails_all_who_wait_and_all_who_come() -> None:
    kafka = Kafka()
    kafka.may_commit.clear()
    group = GroupCommit(kafka)
    waiting = [asyncio.create_task(group.put(0, {b"a": b"1"}))]
    await asyncio.sleep(0.01)
    waiting.append(asyncio.create_task(group.put(0, {b"b": b"1"})))
    await asyncio.sleep(0.01)
    kafka.failure = StateFenced("taken over")
    kafka.may_commit.set()
    assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [StateFenced, StateFenced]
    assert group.failure is kafka.failure
    with pytest.raises(StateFenced):
        await group.put(1, {b"c": b"1"})
    assert len(kafka.transactions) == 1


async def test_a_value_that_is_too_big_fails_its_own_put_alone() -> None:
    kafka = Kafka()
    group = GroupCommit(kafka)
    state = SourceState(group, 0, "biotime:b1")
    with pytest.raises(StateTooBig, match=r"biotime:b1\+ledger"):
        await state.put({"ledger": {"x": "y" * 600_000}})
    await state.put({"ledger": {"x": "y" * 500_000}, "old": None})
    assert [set(values) for _, values in kafka.transactions] == [{b"biotime:b1+ledger", b"biotime:b1+old"}]


async def test_a_transaction_is_bounded() -> None:
    kafka = Kafka()
    group = GroupCommit(kafka)
    await asyncio.gather(*(group.put(0, {b"%d" % number: b"x" * 500_000}) for number in range(20)))
    assert [len(values) for _, values in kafka.transactions] == [8, 8, 4]


async def test_nothing_to_put_is_no_transaction() -> None:
    kafka = Kafka()
    await GroupCommit(kafka).put(0, {})
    assert kafka.transactions == []
    assert SourceState(GroupCommit(kafka), 0, "x").get("nothing") is None
    assert state_key("biotime:b1", "lease") == b"biotime:b1+lease"
