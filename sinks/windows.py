"""Checks before the first insert: tables as the migrations leave them, deduplication windows that are long enough.

A token is only worth what the table remembers of it. Plain MergeTree remembers none by default, Replicated an hour. A
batch writes one entry for each month that its rows touch; at 10 inserts a second, 10,000 entries are 17 minutes in
which a range that somebody died over must be taken up again. A group hands partitions on within the session timeout
(15 s), and when nobody is left to take them, nobody inserts and nothing is forgotten.
"""

from __future__ import annotations

import re

from sinks.clickhouse import Database
from sinks.errors import DeduplicationTooShort, SchemaMismatch
from sinks.tables import BATCHES_COLUMNS, BATCHES_TABLE, TABLES

NEEDED_BLOCKS = 10_000
NEEDED_SECONDS = 24 * 3600

_PLAIN = {"non_replicated_deduplication_window": NEEDED_BLOCKS}
_REPLICATED = {
    "replicated_deduplication_window": NEEDED_BLOCKS,
    "replicated_deduplication_window_seconds": NEEDED_SECONDS,
}


def check_tables(database: Database) -> None:
    """Raises SchemaMismatch naming what is missing, DeduplicationTooShort naming table, setting and remedy."""
    wanted = {table.name: table.columns for table in TABLES} | {BATCHES_TABLE: BATCHES_COLUMNS}
    engines = {
        name: (engine, full)
        for name, engine, full in database.query(
            "SELECT name, engine, engine_full FROM system.tables WHERE database = {database:String}",
            {"database": database.name},
        )
    }
    columns = database.query(
        "SELECT table, name FROM system.columns WHERE database = {database:String}", {"database": database.name}
    )
    present = {(table, name) for table, name in columns}
    for table, names in wanted.items():
        if table not in engines:
            raise SchemaMismatch(f"table {database.name}.{table} does not exist: run `punchstream migrate apply`")
        missing = [name for name in names if (table, name) not in present]
        if missing:
            raise SchemaMismatch(
                f"table {database.name}.{table} has no column {', '.join(missing)}: run `punchstream migrate apply`"
            )
    defaults = {
        name: int(value)
        for name, value in database.query(
            "SELECT name, value FROM system.merge_tree_settings WHERE name LIKE '%deduplication_window%'", {}
        )
    }
    for table in wanted:
        _check_window(database.name, table, *engines[table], defaults)
    _check_switch(database)


def _check_window(database: str, table: str, engine: str, engine_full: str, defaults: dict[str, int]) -> None:
    for setting, needed in (_REPLICATED if engine.startswith("Replicated") else _PLAIN).items():
        own = re.search(rf"\b{setting} = (\d+)", engine_full)
        found = int(own[1]) if own else defaults.get(setting, 0)
        if found < needed:
            raise DeduplicationTooShort(
                f"table {database}.{table} has {setting} = {found}, at least {needed} is needed, or repeated inserts "
                f"would double rows: ALTER TABLE {database}.{table} MODIFY SETTING {setting} = {2 * needed}"
            )


def _check_switch(database: Database) -> None:
    """The user's profile may switch deduplication off whatever the tables say (from 26.2 under this name)."""
    for _, value in database.query("SELECT name, value FROM system.settings WHERE name = 'deduplicate_insert'", {}):
        if value == "disable":
            raise DeduplicationTooShort(
                "this ClickHouse user has deduplicate_insert = 'disable', so repeated inserts would double rows: take "
                "the setting out of its profile"
            )
