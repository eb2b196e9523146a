"""The migration files: `sql/0001_name.up.sql` and `.down.sql`, one statement each, with three parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from runtime.sections import ClickHouseSettings
from sinks.errors import MigrationRefused

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.up\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. `checksum` is over the file's text before the parameters are put in, so one machine and a cluster
    agree on it."""

    version: int
    name: str
    up: str
    down: str
    checksum: str


def fill_in(statement: str, settings: ClickHouseSettings) -> str:
    """The statement for this deployment: `{database}`, `{on_cluster}`, and `{replicated}`, the engine's prefix.

    A Replicated engine takes its path from the server's `default_replica_path`, which names table and shard by itself.
    """
    return (
        statement.replace("{database}", settings.database)
        .replace("{on_cluster}", f"ON CLUSTER {settings.cluster}" if settings.cluster else "")
        .replace("{replicated}", "Replicated" if settings.cluster else "")
    )


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations in order. Raises MigrationRefused when numbers have gaps or a step has no way back."""
    folder = files("sinks.migrations") / "sql"
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        match = _NAME.fullmatch(entry.name)
        if match is None:
            continue
        down = folder / entry.name.replace(".up.sql", ".down.sql")
        if not down.is_file():
            raise MigrationRefused(f"migration {entry.name} has no .down.sql beside it")
        up = entry.read_text()
        checksum = sha256(up.encode()).hexdigest()
        found.append(Migration(int(match[1]), match[2], up, down.read_text(), checksum))
    versions = [migration.version for migration in found]
    if versions != list(range(1, len(versions) + 1)):
        raise MigrationRefused(f"migrations must be numbered from 1 without gaps, found {versions}")
    return tuple(found)
