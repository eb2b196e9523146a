"""One range of offsets into ClickHouse, exactly once. Source: DESIGN 7.

The order is what makes it exact: the range as metadata of the old offset; then the dead letters of rows that cannot be
stored; then one insert; then one row in `sink_batches`; then the new offset. Whatever the process dies between, the
next owner finds the range in the metadata and does the same again, and the tokens make what was done already nothing.

The good rest of a range goes in under the token of the whole range: the token says which offsets were dealt with, not
which rows. A repeat meets the same refused rows (they are found by reading, which depends on nothing but the bytes),
leaves them out again, and its insert is the same; had the first insert come through, the token makes it nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import orjson
from aiokafka import TopicPartition

from schemas.deadletters import Reason
from sinks import metrics
from sinks.clickhouse import Database
from sinks.dead_letters import DeadLetters
from sinks.errors import InsertFailed, RowsRefused
from sinks.offsets import GroupOffsets
from sinks.partition import Batch, FlushReason
from sinks.poison import Brake, find_refused
from sinks.retry import until_done
from sinks.rows import Encoded
from sinks.tables import BATCHES_TABLE, TABLES, Table

Result = TypeVar("Result")


class RangeWriter:
    """Writes batches of any partition; several at a time, one per partition. `worker` is this process's name in
    `sink_batches`; `now_ms` the wall clock, epoch milliseconds."""

    def __init__(
        self,
        database: Database,
        offsets: GroupOffsets,
        dead_letters: DeadLetters,
        threads: ThreadPoolExecutor,
        *,
        worker: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._offsets = offsets
        self._dead_letters = dead_letters
        self._threads = threads
        self._worker = worker
        self._now_ms = now_ms
        self._brakes = {table.name: Brake() for table in TABLES}

    async def write(self, table: Table, tp: TopicPartition, batch: Batch, abandon: asyncio.Event) -> None:
        """Store the batch and commit its end.

        Retriable errors are tried again until `abandon` is set. Raises PartitionLost when the partition is somebody
        else's, Fatal errors when going on would be wrong.
        """
        await until_done(lambda: self._offsets.commit(tp, batch.committed, batch.range), "kafka", abandon)
        token = batch.range.token(table.topic, tp.partition)
        encoded = await self._in_thread(table.encode, table.topic, tp.partition, batch.records)
        dead = len(encoded.unreadable)
        if encoded.unreadable:
            not_events = [(record, "not one JSON object on one line") for record in encoded.unreadable]
            await until_done(
                lambda: self._dead_letters.put_aside(table, tp.partition, not_events, Reason.NOT_AN_EVENT),
                "kafka",
                abandon,
            )
        rows: Sequence[bytes] = encoded.rows
        try:
            await self._insert(table.name, rows, token, abandon)
        except RowsRefused as refusal:
            rows = await self._without_refused(table, tp.partition, encoded, refusal, abandon)
            dead += len(encoded.rows) - len(rows)
            try:
                await self._insert(table.name, rows, token, abandon)
            except RowsRefused as error:
                raise InsertFailed(f"{token}: refused although each row by itself can be read: {error}") from error
        finished_at = self._now_ms()
        done = self._batch_row(table, tp, batch, token, rows=len(rows), dead=dead, finished_at=finished_at)
        await self._insert(BATCHES_TABLE, [done], token, abandon)
        await until_done(lambda: self._offsets.commit(tp, batch.range.last + 1), "kafka", abandon)
        self._count(table, batch, rows, finished_at)

    async def _insert(self, table: str, rows: Sequence[bytes], token: str, abandon: asyncio.Event) -> None:
        if not rows:
            return
        started = 0.0

        async def insert() -> None:
            nonlocal started
            started = time.monotonic()
            await self._in_thread(self._database.insert, table, rows, token)

        await until_done(insert, "clickhouse", abandon)
        metrics.INSERT_SECONDS.labels(table).observe(time.monotonic() - started)

    async def _without_refused(
        self, table: Table, partition: int, encoded: Encoded, refusal: RowsRefused, abandon: asyncio.Event
    ) -> list[bytes]:
        """Put the rows that ClickHouse cannot read aside and return the others."""
        metrics.REFUSALS.labels(table.name).inc()
        if table.topic == "deadletters":
            raise InsertFailed(f"a dead letter cannot be stored, and there is nowhere to put it: {refusal}")

        async def check(rows: Sequence[bytes]) -> RowsRefused | None:
            try:
                await until_done(lambda: self._in_thread(self._database.check, table.name, rows), "clickhouse", abandon)
            except RowsRefused as error:
                return error
            return None

        brake = self._brakes[table.name]
        refused = await find_refused(check, encoded.rows, refusal, brake.allowed(len(encoded.rows)))
        brake.count(len(encoded.rows), len(refused))
        letters = [(encoded.records[index], error) for index, error in sorted(refused.items())]
        await until_done(
            lambda: self._dead_letters.put_aside(table, partition, letters, Reason.REFUSED_BY_CLICKHOUSE),
            "kafka",
            abandon,
        )
        return [row for index, row in enumerate(encoded.rows) if index not in refused]

    def _batch_row(
        self, table: Table, tp: TopicPartition, batch: Batch, token: str, *, rows: int, dead: int, finished_at: int
    ) -> bytes:
        return orjson.dumps(
            {
                "target": table.name,
                "topic": table.topic,
                "partition": tp.partition,
                "first_offset": batch.range.first,
                "last_offset": batch.range.last,
                "rows": rows,
                "dead": dead,
                "token": token,
                "worker": self._worker,
                "finished_at": finished_at,
            }
        )

    def _count(self, table: Table, batch: Batch, rows: Sequence[bytes], finished_at: int) -> None:
        metrics.ROWS.labels(table.name).inc(len(rows))
        metrics.BYTES.labels(table.name).inc(sum(map(len, rows)))
        metrics.BATCHES.labels(table.name, batch.reason.value).inc()
        metrics.LAST_SUCCESS.labels(table.name).set(finished_at / 1000)
        if batch.reason is FlushReason.PENDING:
            metrics.REPLAYED.labels(table.name).inc()

    async def _in_thread(self, call: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *arguments))
