"""What `topics plan` says about a topic: a pure comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.sections import KafkaSettings
from runtime.topics import FoundTopic, compare
from schemas.topics import TOPICS, topic_config

SETTINGS = KafkaSettings(topic_prefix="t.", partitions=4, replication_factor=3, min_insync_replicas=2)
PUNCHES = TOPICS["punches"]
CONFIG = topic_config(PUNCHES, min_insync_replicas=2)
AS_WANTED = FoundTopic(4, 3, {**CONFIG, "segment.bytes": "1048576"}, CONFIG)


def test_a_missing_topic_is_created_with_all_that_the_catalogue_says() -> None:
    change = compare(PUNCHES, None, SETTINGS)
    assert (change.topic, change.action) == ("t.punches", "create")
    for part in ("4 partitions", "replication factor 3", "min.insync.replicas=2", "retention.ms=3024000000"):
        assert part in change.details


def test_a_cluster_that_takes_less_is_asked_for_less() -> None:
    small = SETTINGS.model_copy(update={"max_record_bytes": 1_048_576})
    assert "max.message.bytes=1048576" in compare(PUNCHES, None, small).details
    assert compare(PUNCHES, AS_WANTED, small).details == "max.message.bytes 2097152 -> 1048576"


def test_a_topic_as_wanted_is_the_same_whatever_else_is_set_on_it() -> None:
    change = compare(PUNCHES, AS_WANTED, SETTINGS)
    assert (change.action, change.details) == ("same", "")


@pytest.mark.parametrize("name", sorted(CONFIG))
def test_a_differing_value_is_named_with_both(name: str) -> None:
    change = compare(PUNCHES, replace(AS_WANTED, config={**CONFIG, name: "17"}), SETTINGS)
    assert (change.action, change.details) == ("update", f"{name} 17 -> {CONFIG[name]}")


def test_a_value_that_is_not_set_differs() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "retention.ms"}
    assert compare(PUNCHES, replace(AS_WANTED, config=config), SETTINGS).details.startswith("retention.ms unset -> ")


@pytest.mark.parametrize("partitions", [3, 5])
def test_another_partition_count_is_refused_and_explained(partitions: int) -> None:
    change = compare(PUNCHES, replace(AS_WANTED, partitions=partitions, config={}), SETTINGS)
    assert change.action == "refuse"
    assert f"{partitions} partitions are there and 4 are asked for" in change.details
    assert "new generation" in change.details
    assert f"set kafka.partitions back to {partitions}" in change.details


def test_the_registry_has_one_partition_whatever_the_settings_say() -> None:
    registry = TOPICS["registry"]
    found = FoundTopic(1, 3, topic_config(registry, min_insync_replicas=2), {})
    assert compare(registry, found, SETTINGS).action == "same"
    wrong = compare(registry, replace(found, partitions=4), SETTINGS)
    assert wrong.action == "refuse"
    assert "kafka.partitions back" not in wrong.details  # that setting does not decide about this topic


def test_another_replication_factor_is_refused_and_explained() -> None:
    change = compare(PUNCHES, replace(AS_WANTED, replication_factor=1), SETTINGS)
    assert change.action == "refuse"
    assert "kafka-reassign-partitions" in change.details
