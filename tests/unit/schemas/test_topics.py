"""The catalogue against the table of DESIGN 4, written out here once more by hand.

Where it differs, a decision says why: people and audit 0018, lastpunch 0015.
"""

from __future__ import annotations

import pytest

from schemas.topics import (
    CATALOGUE,
    MAX_BODY_BYTES,
    MAX_EVENT_BYTES,
    MAX_RECORD_BYTES,
    RAW_TOPICS,
    TOPICS,
    topic_config,
)

COMPACTED = "compacted"
FOR_EVER = "for ever"
EMPLOYEE = "tenant + employee"
# name: key, partition_by, kept (days)
DESIGN_TABLE: dict[str, tuple[str, str, int | str]] = {
    "raw.attendance": ("source", "source", 400),
    "raw.operations": ("source", "source", 90),
    "raw.device": ("source", "source", 35),
    "raw.results": ("source", "source", 35),
    "raw.photos": ("source", "source", 35),
    "punches": ("punch id", "serial", 35),
    "access": ("id", "serial", 35),
    "operations": ("id", "serial", 35),
    "photos": ("id", "serial", 35),
    "people": ("serial + PIN + item", "serial", COMPACTED),
    "device.input": ("serial", "serial", 35),
    "devices": ("serial", "serial", COMPACTED),
    "commands": ("serial + command id", "serial or server", 30),
    "lastpunch": ("area or serial + PIN", "serial", COMPACTED),
    "audit": ("event id", "tenant", FOR_EVER),
    "registry": ("kind + id", "one partition", COMPACTED),
    "employees": ("employee", "employee", COMPACTED),
    "identities": ("device or area + PIN + valid_from", "area or serial", COMPACTED),
    "resolver.input": ("serial", "serial", 35),
    "timecards.input": (EMPLOYEE, EMPLOYEE, 400),
    "timecards.daily": ("tenant + employee + date", EMPLOYEE, COMPACTED),
    "timecards.week": ("tenant + employee + week", EMPLOYEE, COMPACTED),
    "timecards.history": ("tenant + employee + date", EMPLOYEE, FOR_EVER),
    "timecards.adjustments": ("adjustment id", EMPLOYEE, FOR_EVER),
    "timecards.reports": ("tenant + pay group + first + partition", EMPLOYEE, COMPACTED),
    "payperiods": ("period id", "tenant + pay group", FOR_EVER),
    "approvals": ("approval id", EMPLOYEE, FOR_EVER),
    "corrections": ("correction id", EMPLOYEE, FOR_EVER),
    "timecards.vendor": ("source + report + row", "source", COMPACTED),
    "resolve.state": ("state key", "serial", COMPACTED),
    "timecards.state": ("state key", EMPLOYEE, COMPACTED),
    "devices.state": ("state key", "serial", COMPACTED),
    "timecards.archive": ("state key", EMPLOYEE, COMPACTED),
    "connectors.state": ("source + name", "source", COMPACTED),
    "hints": ("station", "station", 1),
    "deadletters": ("source topic + partition", "source topic + partition", 400),
}


def test_every_topic_of_the_table_is_there_once_and_no_other() -> None:
    assert sorted(topic.name for topic in CATALOGUE) == sorted(DESIGN_TABLE)


@pytest.mark.parametrize("name", DESIGN_TABLE)
def test_key_partition_and_retention(name: str) -> None:
    key, partition_by, kept = DESIGN_TABLE[name]
    topic = TOPICS[name]
    assert (topic.key, topic.partition_by) == (key, partition_by)
    config = topic_config(topic, min_insync_replicas=2)
    if kept == COMPACTED:
        assert config["cleanup.policy"] == "compact"
        assert "retention.ms" not in config
    else:
        assert config["cleanup.policy"] == "delete"
        expected = -1 if kept == FOR_EVER else int(kept) * 24 * 3600 * 1000
        assert config["retention.ms"] == str(expected)
    assert config["min.insync.replicas"] == "2"


def test_only_the_registry_has_a_count_of_its_own() -> None:
    assert {topic.name: topic.partitions for topic in CATALOGUE if topic.partitions} == {"registry": 1}


def test_raw_topics_and_dead_letters_take_the_largest_body() -> None:
    assert RAW_TOPICS == ("raw.attendance", "raw.operations", "raw.device", "raw.results", "raw.photos")
    assert MAX_BODY_BYTES == 16 * 1024 * 1024 < MAX_RECORD_BYTES
    for name in (*RAW_TOPICS, "deadletters"):
        assert topic_config(TOPICS[name], min_insync_replicas=1)["max.message.bytes"] == str(MAX_RECORD_BYTES)


def test_no_topic_asks_for_more_than_the_cluster_takes() -> None:
    def asked(name: str, max_record_bytes: int) -> int:
        config = topic_config(TOPICS[name], min_insync_replicas=1, max_record_bytes=max_record_bytes)
        return int(config["max.message.bytes"])

    assert {asked(topic.name, 1024 * 1024) for topic in CATALOGUE} == {1024 * 1024}
    assert (asked("raw.photos", 8_000_000), asked("punches", 8_000_000)) == (8_000_000, MAX_EVENT_BYTES)


def test_what_faust_agents_read_is_not_written_in_transactions() -> None:
    for name in ("raw.attendance", "device.input", "resolver.input", "timecards.input"):
        assert not TOPICS[name].transactional
