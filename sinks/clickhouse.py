"""ClickHouse over HTTP: one client, shared by the threads that insert. Source: DESIGN 7, spec/clickhouse.md 6.

The client is the synchronous one in threads: it takes 0.8 to 1.5 CPU-microseconds a row, the asynchronous one 1.9,
and sending and waiting release the GIL. Bodies are LZ4 even on loopback: compressing costs less CPU than sending ten
times the bytes (0.72 against 0.88 in all). Parsing is not parallel: on two cores that takes a third more of the
server's CPU and is no faster. (Punches of 650 bytes, 50,000 a batch, 2 cores, 2026-11-21.)

clickhouse-connect sends an insert again by itself when the connection breaks, so every insert carries a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import clickhouse_connect
import lz4.frame  # type: ignore[import-untyped]  # publishes no types
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from runtime.sections import ClickHouseSettings
from runtime.settings import read_secret
from sinks.codes import translate

_CONNECT_TIMEOUT_SECONDS = 10
_ONE_BLOCK_ROWS = 2_000_000

INSERT_SETTINGS: dict[str, Any] = {
    # A batch is large already; an asynchronous insert would answer before its rows are visible, under another token.
    "async_insert": 0,
    "wait_end_of_query": 1,
    "insert_deduplicate": 1,
    # Years of a device's backlog in one batch touch a partition for each month.
    "max_partitions_per_insert_block": 10_000,
    # One batch, one block, one entry per partition in the deduplication log: whatever its size, never split.
    "max_insert_block_size": _ONE_BLOCK_ROWS,
    "min_insert_block_size_rows": _ONE_BLOCK_ROWS,
    "min_insert_block_size_bytes": 0,
    # A field without a column is a missed migration, not something to drop in silence.
    "input_format_skip_unknown_fields": 0,
    "input_format_parallel_parsing": 0,
    "input_format_allow_errors_num": 0,
    "input_format_allow_errors_ratio": 0,
}


def make_client(settings: ClickHouseSettings) -> Client:
    """A connected client, safe to use from several threads. Raises ClickHouseUnavailable, InsertFailed or
    SettingsError."""
    password = read_secret(settings.password, settings.password_file, "clickhouse.password_file")
    try:
        return clickhouse_connect.get_client(
            dsn=settings.url,
            username=settings.username,
            password=password,
            ca_cert=str(settings.ca_file) if settings.ca_file else None,
            compress=False,
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            send_receive_timeout=max(1, int(settings.timeout_seconds)),
            # A session would allow one statement at a time.
            autogenerate_session_id=False,
            client_name="punchstream",
        )
    except ClickHouseError as error:
        raise translate(error, f"connecting to ClickHouse at {settings.url}") from error


class Database:
    """One database of one ClickHouse. All methods block; call them in a thread.

    They raise ClickHouseUnavailable (try again), RowsRefused (some row is at fault) or InsertFailed (stop).
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name
        self._structures: dict[str, str] = {}

    def insert(self, table: str, rows: Sequence[bytes], token: str) -> None:
        """Insert JSONEachRow rows as one block; when it returns they are visible.

        A token that the table remembers makes it do nothing; the server does not say which of the two it was.
        """
        self._send(f"{self.name}.{table}", rows, {**INSERT_SETTINGS, "insert_deduplication_token": token})

    def check(self, table: str, rows: Sequence[bytes]) -> None:
        """Let ClickHouse read the rows as it would for the table, and write nothing."""
        if table not in self._structures:
            columns = self.query(
                "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}",
                {"database": self.name, "table": table},
            )
            self._structures[table] = ", ".join(f"`{name}` {kind}" for name, kind in columns)
        structure = self._structures[table].replace("\\", "\\\\").replace("'", "\\'")
        self._send(f"FUNCTION null('{structure}')", rows, INSERT_SETTINGS)

    def query(self, sql: str, parameters: dict[str, Any]) -> Sequence[Sequence[Any]]:
        try:
            rows: Sequence[Sequence[Any]] = self._client.query(sql, parameters=parameters).result_rows
        except ClickHouseError as error:
            raise translate(error, "query") from error
        return rows

    def close(self) -> None:
        self._client.close()

    def _send(self, target: str, rows: Sequence[bytes], settings: dict[str, Any]) -> None:
        try:
            self._client.raw_insert(
                target,
                insert_block=lz4.frame.compress(b"\n".join(rows)),
                settings=settings,
                fmt="JSONEachRow",
                compression="lz4",
            )
        except ClickHouseError as error:
            raise translate(error, f"insert into {target.split('(')[0]}") from error
