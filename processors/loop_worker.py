"""What `processors.keyed_loop` brings records to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from processors.put_aside import Record


class Worker(Protocol):
    """Who makes records durable: `processors.keyed_worker.KeyedWorker`, and what has no state (`Stateless`)."""

    @property
    def source_topic(self) -> str:
        """Catalogue name."""

    async def assigned(self, partitions: Sequence[int]) -> None:
        """Own exactly these: awaited before their first record."""

    def revoked(self) -> None:
        """Own none any more; nothing is under way."""

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Returns how many of the records, from the first one on, all that follows from is durable; it is given the
        others again, later ones with the next call. Raises Retriable errors to be given all of them again."""

    def busy(self, partition: int) -> bool:
        """There is more to do without any record: `handle` is then called with none, as long as that is so."""

    def interrupt(self) -> None:
        """The partitions are about to go: whatever takes long should end, where all is durable, by a Retriable error.
        Holds until the next `assigned`."""


class Stateless:
    """A worker that knows nothing of partitions."""

    async def assigned(self, partitions: Sequence[int]) -> None:
        """Nothing to take over."""

    def revoked(self) -> None:
        """Nothing to forget."""

    def busy(self, partition: int) -> bool:
        """Nothing is left of a batch that was handled."""
        return False

    def interrupt(self) -> None:
        """Nothing takes long."""
