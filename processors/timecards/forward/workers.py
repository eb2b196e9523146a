"""The forwarders' work: each record is told at least once, its offset committed after Kafka has what was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from processors.loop_worker import Stateless
from processors.metrics import DERIVE_FORWARDED
from processors.partition_model import Later
from processors.put_aside import PutAside, Record
from processors.sender import Sender
from processors.timecards.forward.convert import ChangedRecord, forward_registry
from runtime.batch import Batch
from runtime.producer import Producer
from schemas.deadletters import Reason

REGISTRY = "registry"


class Forwarder(Stateless):
    """Of one topic (catalogue name); `convert` raises ValueError. Its producer must have prepared timecards.input."""

    def __init__(
        self, producer: Producer, aside: PutAside, source_topic: str, convert: Callable[[Record], Later]
    ) -> None:
        self.source_topic = source_topic
        self._aside = aside
        self._convert = convert
        self._sender = Sender(producer, DERIVE_FORWARDED.labels(source_topic).inc)

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Raises Retriable errors of the runtime."""
        letters: set[Batch] = set()
        told = []
        for record in records:
            try:
                told.append(self._convert(record))
            except ValueError as error:
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, str(error))
        await self._sender.send(told)
        for letter in letters:
            await letter.acked()
        return len(records)


class RegistryForwarder(Stateless):
    """To every partition of timecards.input what cards depend on, when that has changed or is not known to be the same:
    after a start each record is told at its first change, whatever has changed. Memory: 16 bytes a record."""

    def __init__(self, producer: Producer, aside: PutAside) -> None:
        self.source_topic = REGISTRY
        self._aside = aside
        self._sender = Sender(producer, DERIVE_FORWARDED.labels(REGISTRY).inc)
        self._digests: dict[str, bytes] = {}

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Raises Retriable errors of the runtime."""
        letters: set[Batch] = set()
        changes: dict[str, ChangedRecord] = {}  # the last one of each key
        for record in records:
            try:
                change = forward_registry(record)
            except ValueError as error:
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, str(error))
                continue
            if change is not None:
                changes[change.key] = change
        new = [change for change in changes.values() if self._digests.get(change.key) != change.digest]
        await self._sender.send([change.told for change in new])
        for letter in letters:
            await letter.acked()
        # Not before: what is done again after a failure must be told again.
        self._digests.update({change.key: change.digest for change in new})
        return len(records)
