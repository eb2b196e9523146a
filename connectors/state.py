"""What is kept of each source (DESIGN 4, topic connectors.state), with one transaction for all who wait.

A transaction takes some milliseconds, whatever is in it: while one of a partition is under way, the puts of its other
sources gather, and go together in the next. A put returns when its values are committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import orjson

from connectors.metrics import STATE_PUTS, STATE_TRANSACTIONS
from connectors.source import Json
from runtime.errors import StateTooBig
from runtime.state_records import MAX_VALUE_BYTES

TOPIC: Final = "connectors.state"
_MAX_TRANSACTION_BYTES: Final = 4 * 1024 * 1024


class Keyed(Protocol):
    """What is used of runtime.keyed_state.KeyedState."""

    def get(self, partition: int, key: bytes) -> bytes | None: ...

    async def put(self, partition: int, values: Mapping[bytes, bytes | None], also: Sequence[Any] = ()) -> None: ...


class _Put(NamedTuple):
    values: Mapping[bytes, bytes | None]
    committed: asyncio.Future[None]

    def size(self) -> int:
        return sum(len(key) + len(value or b"") for key, value in self.values.items())


class GroupCommit:
    """`failure`: why nothing can be saved any more; the process must end then."""

    def __init__(self, state: Keyed) -> None:
        self._state = state
        self._waiting: dict[int, deque[_Put]] = {}
        self._committing: dict[int, asyncio.Task[None]] = {}
        self.failure: BaseException | None = None

    def get(self, partition: int, key: bytes) -> bytes | None:
        return self._state.get(partition, key)

    async def put(self, partition: int, values: Mapping[bytes, bytes | None]) -> None:
        """Raises StateTooBig at once; StateFenced, StateUncertain. Who stops waiting does not stop a transaction."""
        for key, value in values.items():
            if value is not None and len(value) > MAX_VALUE_BYTES:
                raise StateTooBig(f"{key[:100]!r} has {len(value)} bytes, {MAX_VALUE_BYTES} are allowed", key)
        if self.failure is not None:
            raise self.failure
        if not values:
            return
        put = _Put(values, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(partition, deque()).append(put)
        if partition not in self._committing:
            self._committing[partition] = asyncio.create_task(self._commit(partition))
        STATE_PUTS.inc()
        await put.committed

    async def settle(self, seconds: float) -> None:
        """Wait until nothing is under way, at most so long."""
        if self._committing:
            await asyncio.wait(self._committing.values(), timeout=seconds)

    async def _commit(self, partition: int) -> None:
        try:
            while puts := self._take(partition):
                values: dict[bytes, bytes | None] = {}
                for put in puts:
                    values.update(put.values)
                try:
                    await self._state.put(partition, values)
                except BaseException as error:
                    self._fail(partition, puts, error)
                    if not isinstance(error, Exception):
                        raise
                    return
                STATE_TRANSACTIONS.inc()
                for put in puts:
                    if not put.committed.done():
                        put.committed.set_result(None)
        finally:
            del self._committing[partition]

    def _take(self, partition: int) -> list[_Put]:
        """As many as one transaction may hold, one at least; those whose caller has gone are left out."""
        taken: list[_Put] = []
        waiting, size = self._waiting[partition], 0
        while waiting and (not taken or size + waiting[0].size() <= _MAX_TRANSACTION_BYTES):
            put = waiting.popleft()
            if not put.committed.done():
                taken.append(put)
                size += put.size()
        return taken

    def _fail(self, partition: int, puts: list[_Put], error: BaseException) -> None:
        self.failure = self.failure or error
        for put in (*puts, *self._waiting.pop(partition, ())):
            if not put.committed.done():
                put.committed.set_exception(error)
                put.committed.exception()  # whoever waits gets it; nobody has to
        self._waiting[partition] = deque()


class SourceState:
    """connectors.source.State of one source; `partition` is the one that its key hashes to."""

    def __init__(self, group: GroupCommit, partition: int, source: str) -> None:
        self._group = group
        self._partition = partition
        self._source = source

    def get(self, name: str) -> Json | None:
        value = self._group.get(self._partition, state_key(self._source, name))
        if value is None:
            return None
        found: Json = orjson.loads(value)
        return found

    async def put(self, values: Mapping[str, Json | None]) -> None:
        encoded = {
            state_key(self._source, name): None if value is None else orjson.dumps(value)
            for name, value in values.items()
        }
        await self._group.put(self._partition, encoded)


def state_key(source: str, name: str) -> bytes:
    return f"{source}+{name}".encode()
