"""What `processors.keyed_loop` brings records to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from processors.put_aside import Record


class Worker(Protocol):
    """Who makes records durable: `processors.keyed_worker.KeyedWorker`, and what has no state."""

    @property
    def source_topic(self) -> str:
        """Catalogue name."""

    async def assigned(self, partitions: Sequence[int]) -> None:
        """Own exactly these: awaited before their first record."""

    def revoked(self) -> None:
        """Own none any more; nothing is under way."""

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Returns when all that follows from the records is durable. Raises Retriable errors to be given them again."""
