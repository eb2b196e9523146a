import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from runtime.settings import Settings
from sinks.clickhouse import Database, make_client
from sinks.errors import DeduplicationTooShort, MigrationRefused, SchemaMismatch
from sinks.migrations import files, runner
from sinks.windows import check_tables
from tests.integration.sinks.support import client


def names(settings: Settings) -> set[str]:
    with client(settings) as connected:
        return {row[0] for row in connected.query("SHOW TABLES").result_rows}


def check(settings: Settings) -> None:
    database = Database(make_client(settings.clickhouse), settings.clickhouse.database)
    try:
        check_tables(database)
    finally:
        database.close()


def test_up_down_up(make: Callable[..., Settings]) -> None:
    settings = make()
    everything = [step.name for step in files.migrations()]
    assert [step.name for step, _ in runner.plan(settings.clickhouse)] == everything
    assert [step.name for step in runner.apply(settings.clickhouse)] == everything
    assert runner.plan(settings.clickhouse) == []
    assert runner.apply(settings.clickhouse) == []
    check(settings)
    assert all(step.applied for step in runner.status(settings.clickhouse))

    assert [step.version for step in runner.revert(settings.clickhouse, 2)] == list(range(len(everything), 2, -1))
    assert names(settings) == {"punches", "raw_events", "schema_migrations"}
    runner.revert(settings.clickhouse, 0)
    assert names(settings) == {"schema_migrations"}
    assert [step.name for step in runner.apply(settings.clickhouse)] == everything
    check(settings)


def test_a_database_that_is_not_there_is_created(make: Callable[..., Settings], database: str) -> None:
    settings = make(f"clickhouse.database={database}_new").clickhouse
    assert not any(step.applied for step in runner.status(settings))
    try:
        assert runner.apply(settings)
    finally:
        with make_client(settings) as connected:
            connected.command(f"DROP DATABASE {database}_new")


async def test_two_processes_may_apply_at_once(make: Callable[..., Settings]) -> None:
    settings = make()
    await asyncio.gather(*(asyncio.to_thread(runner.apply, settings.clickhouse) for _ in range(4)))
    await asyncio.to_thread(check, settings)
    assert all(step.applied and not step.changed for step in runner.status(settings.clickhouse))


def test_a_changed_file_is_refused(make: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make().clickhouse
    runner.apply(settings)
    first, *others = files.migrations()
    monkeypatch.setattr(runner, "migrations", lambda: (replace(first, checksum="0" * 64), *others))
    assert runner.status(settings)[0].changed
    for command in (runner.plan, runner.apply):
        with pytest.raises(MigrationRefused, match="migration 1 punches was applied from a file"):
            command(settings)


def test_a_database_newer_than_the_code_is_refused(
    make: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make().clickhouse
    runner.apply(settings)
    monkeypatch.setattr(runner, "migrations", lambda: files.migrations()[:-1])
    with pytest.raises(MigrationRefused, match="run the newer version"):
        runner.apply(settings)


@pytest.mark.parametrize("table", ["punches", "raw_events", "deadletters", "sink_batches"])
def test_a_table_that_forgets_too_soon_is_refused_with_the_remedy(make: Callable[..., Settings], table: str) -> None:
    settings = make()
    runner.apply(settings.clickhouse)
    with client(settings) as connected:
        connected.command(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 100")
    with pytest.raises(DeduplicationTooShort, match=rf"{table} has non_replicated.* = 100, at least 10000") as refused:
        check(settings)
    remedy = re.search(r"ALTER TABLE .*", str(refused.value))
    assert remedy is not None
    with client(settings) as connected:
        connected.command(remedy[0])
    check(settings)


def test_missing_tables_and_columns_are_named(make: Callable[..., Settings]) -> None:
    settings = make()
    with pytest.raises(SchemaMismatch, match=r"punches does not exist: run `punchstream migrate apply`"):
        check(settings)
    runner.apply(settings.clickhouse)
    with client(settings) as connected:
        connected.command("ALTER TABLE punches DROP COLUMN request_id")
    with pytest.raises(SchemaMismatch, match=r"no column request_id: run `punchstream migrate apply`"):
        check(settings)


def test_clickhouse_understands_the_cluster_form(make: Callable[..., Settings]) -> None:
    settings = make()
    cluster = make("clickhouse.cluster=main").clickhouse
    with client(settings) as connected:
        for step in files.migrations():
            for statement in (step.up, step.down):
                text = re.sub(r"--.*", "", files.fill_in(statement, cluster))
                formatted = connected.query("SELECT formatQuery({q:String})", parameters={"q": text}).result_rows[0][0]
                assert "ON CLUSTER main" in formatted
