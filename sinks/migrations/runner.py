"""Apply and revert migrations.

Why not clickhouse-migrations from PyPI: it is one more pinned package for what is a loop over files, and our statements
have three parameters of their own. Why no lock: every statement is idempotent (IF NOT EXISTS), so two processes that
apply at once do the same thing twice, and no killed process leaves anything locked.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from runtime.sections import ClickHouseSettings
from sinks.clickhouse import make_client
from sinks.codes import translate
from sinks.errors import MigrationRefused
from sinks.migrations.files import Migration, fill_in, migrations

log = logging.getLogger(__name__)

_CREATE_DATABASE = "CREATE DATABASE IF NOT EXISTS {database} {on_cluster}"
# A log, not a state: a step is applied when the last thing that happened to it was `up`.
_CREATE_LOG = """
CREATE TABLE IF NOT EXISTS {database}.schema_migrations {on_cluster}
(
    version UInt32,
    name String,
    checksum String,
    action Enum8('up' = 1, 'down' = 2),
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {replicated}MergeTree
ORDER BY (version, at)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration as it stands in a database; `checksum_found` is that of the file that was applied."""

    migration: Migration
    applied: bool
    checksum_found: str

    @property
    def changed(self) -> bool:
        return self.applied and self.checksum_found != self.migration.checksum


def status(settings: ClickHouseSettings) -> list[Step]:
    """Every migration and whether it is applied. Raises ClickHouseUnavailable when ClickHouse cannot be reached."""
    client = make_client(settings)
    try:
        return _status(client, settings)
    finally:
        client.close()


def plan(settings: ClickHouseSettings) -> list[tuple[Migration, str]]:
    """What `apply` would run: each pending migration and its statement. Raises MigrationRefused like `apply`."""
    return [(step.migration, fill_in(step.migration.up, settings)) for step in _pending(status(settings))]


def apply(settings: ClickHouseSettings) -> list[Migration]:
    """Create the database and apply what is pending; returns what was applied.

    Raises MigrationRefused when an applied file was changed or the database is newer than this code.
    """
    client = make_client(settings)
    try:
        _run(client, settings, _CREATE_DATABASE, "create the database")
        _run(client, settings, _CREATE_LOG, "create schema_migrations")
        pending = [step.migration for step in _pending(_status(client, settings))]
        for migration in pending:
            what = f"migration {migration.version} {migration.name}"
            _run(client, settings, migration.up, what)
            _record(client, settings, migration, "up")
            log.info("applied %s", what)
        return pending
    finally:
        client.close()


def revert(settings: ClickHouseSettings, to: int) -> list[Migration]:
    """Take back every applied migration above version `to`, last first. Tables are dropped with their rows."""
    client = make_client(settings)
    try:
        steps = _status(client, settings)
        undone = [step.migration for step in reversed(steps) if step.applied and step.migration.version > to]
        for migration in undone:
            what = f"reverting migration {migration.version} {migration.name}"
            _run(client, settings, migration.down, what)
            _record(client, settings, migration, "down")
            log.info("done: %s", what)
        return undone
    finally:
        client.close()


def _pending(steps: Sequence[Step]) -> list[Step]:
    for step in steps:
        if step.changed:
            raise MigrationRefused(
                f"migration {step.migration.version} {step.migration.name} was applied from a file with checksum "
                f"{step.checksum_found[:12]}, the file now has {step.migration.checksum[:12]}: applied files never "
                "change; restore it and put the difference into a new migration"
            )
    return [step for step in steps if not step.applied]


def _status(client: Client, settings: ClickHouseSettings) -> list[Step]:
    try:
        exists = client.command(f"EXISTS TABLE {settings.database}.schema_migrations")
        rows = (
            client.query(
                "SELECT version, argMax(checksum, at), argMax(action, at) = 'up' "  # noqa: S608 - a name that settings vouch for
                f"FROM {settings.database}.schema_migrations GROUP BY version"
            ).result_rows
            if exists
            else ()
        )
    except ClickHouseError as error:
        raise translate(error, "reading schema_migrations") from error
    found = {version: (checksum, bool(applied)) for version, checksum, applied in rows}
    known = migrations()
    newer = sorted(version for version, (_, applied) in found.items() if applied and version > len(known))
    if newer:
        raise MigrationRefused(
            f"database {settings.database} has migrations {newer} that this version of punchstream does not know: "
            "run the newer version"
        )
    return [Step(migration, *reversed(found.get(migration.version, ("", False)))) for migration in known]


def _run(client: Client, settings: ClickHouseSettings, statement: str, what: str) -> None:
    try:
        client.command(fill_in(statement, settings))
    except ClickHouseError as error:
        raise translate(error, what) from error


def _record(client: Client, settings: ClickHouseSettings, migration: Migration, action: str) -> None:
    try:
        client.insert(
            f"{settings.database}.schema_migrations",
            [[migration.version, migration.name, migration.checksum, action]],
            column_names=["version", "name", "checksum", "action"],
            settings={"async_insert": 0},
        )
    except ClickHouseError as error:
        raise translate(error, f"recording migration {migration.version}") from error
