import re

from runtime.sections import ClickHouseSettings
from sinks.migrations.files import fill_in, migrations

ONE = ClickHouseSettings(database="db1")
CLUSTER = ClickHouseSettings(database="db1", cluster="main")


def test_numbers_have_no_gaps_and_each_step_has_a_way_back() -> None:
    found = migrations()
    assert [step.version for step in found] == list(range(1, len(found) + 1))
    assert all(step.down.strip() for step in found)


def test_every_parameter_is_known() -> None:
    known = {"{database}", "{on_cluster}", "{replicated}", "{seconds:UInt32}", "{quiet_seconds:UInt32}"}
    for step in migrations():
        assert set(re.findall(r"\{[^}]*\}", step.up + step.down)) <= known


def test_one_machine_and_a_cluster_run_the_same_files() -> None:
    for step in migrations():
        single, cluster = fill_in(step.up, ONE), fill_in(step.up, CLUSTER)
        assert "ON CLUSTER" not in single
        assert "Replicated" not in re.sub(r"--.*", "", single)
        assert "ON CLUSTER main" in cluster
        assert "ON CLUSTER main" in fill_in(step.down, CLUSTER)
        if "ENGINE" in cluster:
            assert "ENGINE = Replicated" in cluster


def test_each_file_is_one_statement_and_every_table_remembers_tokens() -> None:
    for step in migrations():
        assert ";" not in re.sub(r"--.*", "", step.up + step.down)
        if "CREATE TABLE" in step.up:
            assert "non_replicated_deduplication_window" in step.up
            assert "replicated_deduplication_window_seconds" in step.up
