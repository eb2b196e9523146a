"""Hints as they are read; the real topic is in tests/integration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, OffsetOutOfRangeError

from connectors import hints
from connectors.hints import HintTail
from connectors.metrics import HINTS
from runtime.sections import KafkaSettings
from schemas.codec import encode_event
from schemas.hints import Hint

STATION = "akuvox:0C1105000001"


@dataclass
class Record:
    value: bytes | None


class Consumer:
    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.seeks: list[tuple[int, int]] = []

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assign(self, partitions: list[TopicPartition]) -> None: ...

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 7)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.seeks.append((partition.partition, offset))

    async def getmany(self, **_: int) -> Any:
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {TopicPartition("hints", 0): [Record(value) for value in answer]}


async def test_hints_are_told_from_the_end_of_the_topic_whatever_else_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer()
    monkeypatch.setattr(hints, "make_consumer", lambda *_, **__: consumer)
    monkeypatch.setattr(hints, "_RETRY_SECONDS", 0.001)
    told: list[tuple[str, Mapping[str, str]]] = []

    def tell(key: str, hint: Mapping[str, str]) -> bool:
        told.append((key, hint))
        return len(told) == 1

    tail = HintTail(KafkaSettings(), 2, tell)
    await tail.start()
    hint = encode_event(Hint(station=STATION, at=5, params={"event": "face_valid"}))
    consumer.answers = [
        [b"rubbish", None, hint], KafkaConnectionError(), OffsetOutOfRangeError({}), [hint],
        GroupAuthorizationFailedError("g"),
    ]  # fmt: skip
    before = HINTS.labels("akuvox")._value.get()
    with pytest.raises(GroupAuthorizationFailedError):
        await tail.run()
    assert told == [(STATION, {"event": "face_valid", "@at": "5"})] * 2
    assert consumer.seeks == [(0, 7), (1, 7)] * 2
    assert HINTS.labels("akuvox")._value.get() - before == 1  # the second was another worker's
