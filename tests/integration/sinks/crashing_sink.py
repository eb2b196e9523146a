"""A sink process that dies, as by kill -9, at one point of its work.

Run: python -m tests.integration.sinks.crashing_sink WINDOW NTH OVERRIDE...
Windows: metadata, insert, batch_row, never.
With the word `tokenless` before the window every insert has a token of its own, as if there were none.
"""

import os
import sys
import uuid
from collections.abc import Sequence
from functools import partial

from aiokafka import TopicPartition

from runtime.lifecycle import run_process
from runtime.settings import load_settings
from sinks import main
from sinks.clickhouse import Database
from sinks.offsets import GroupOffsets
from sinks.ranges import OffsetRange
from sinks.tables import BATCHES_TABLE

KILLED = 137


def install(window: str, nth: int, tokenless: bool) -> None:
    insert, commit = Database.insert, GroupOffsets.commit
    seen = 0

    def reached(point: str) -> None:
        nonlocal seen
        if point == window:
            seen += 1
            if seen == nth:
                os._exit(KILLED)

    def crashing_insert(self: Database, table: str, rows: Sequence[bytes], token: str) -> None:
        insert(self, table, rows, uuid.uuid4().hex if tokenless else token)
        reached("batch_row" if table == BATCHES_TABLE else "insert")

    async def crashing_commit(
        self: GroupOffsets, tp: TopicPartition, offset: int, pending: OffsetRange | None = None
    ) -> None:
        await commit(self, tp, offset, pending)
        if pending is not None:
            reached("metadata")

    Database.insert = crashing_insert  # type: ignore[method-assign]  # the faults are the test's, not the product's
    GroupOffsets.commit = crashing_commit  # type: ignore[method-assign]  # as above


if __name__ == "__main__":
    arguments = sys.argv[1:]
    without_tokens = arguments[0] == "tokenless"
    point, nth, *overrides = arguments[without_tokens:]
    install(point, int(nth), without_tokens)
    settings = load_settings(None, tuple(overrides))
    sys.exit(run_process("sink", settings, partial(main.run, settings)))
