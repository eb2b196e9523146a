"""The topic catalogue: the one place that says what each topic is. Source: DESIGN 4.

The Kafka key is always the compaction identity; the partition is murmur2(partition_by) modulo the partition count.
Raw topics carry bodies of up to 16 MiB; what Kafka must accept follows from that, unless a cluster takes less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY_MS = 86_400_000
MAX_BODY_BYTES = 16 * 1024 * 1024
# A body travels with headers, and sealed or put into a dead letter it grows a little.
MAX_RECORD_BYTES = MAX_BODY_BYTES + 1024 * 1024
# What a record needs beside its body: seal, headers (a request's head has 16 KiB at most), the batch's frame.
RECORD_OVERHEAD_BYTES = 64 * 1024
MAX_EVENT_BYTES = 2 * 1024 * 1024

Cleanup = Literal["delete", "compact"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: name without prefix, what its key and partition come from, and how long it is kept.

    `retention_ms` None with cleanup `delete` means for ever. `partitions` None means the deployment's count
    (4 on one machine, 32 on a cluster); `transactional` topics must never be read by a Faust agent, which
    reads uncommitted.
    """

    name: str
    key: str
    partition_by: str
    value: str
    writers: tuple[str, ...]
    cleanup: Cleanup = "delete"
    retention_ms: int | None = None
    max_message_bytes: int = MAX_EVENT_BYTES
    partitions: int | None = None
    transactional: bool = False


def _raw(name: str, value: str, days: int) -> Topic:
    return Topic(
        name, "source", "source", value, ("ingest", "connectors"),
        retention_ms=days * DAY_MS, max_message_bytes=MAX_RECORD_BYTES,
    )  # fmt: skip


def _event(name: str, value: str, key: str = "id") -> Topic:
    return Topic(name, key, "serial", value, ("normalize",), retention_ms=35 * DAY_MS)


def _state(owner: str, partition_by: str) -> Topic:
    return Topic(
        f"{owner}.state", "state key", partition_by, "keyed state", (owner,), cleanup="compact", transactional=True
    )


_EMPLOYEE = "tenant + employee"

CATALOGUE: tuple[Topic, ...] = (
    _raw("raw.attendance", "one upload body, or a JSON array of polled rows", 400),
    _raw("raw.operations", "one upload body, sealed", 90),
    _raw("raw.device", "handshakes, presence, options, as received", 35),
    _raw("raw.results", "answers to commands, sealed", 35),
    _raw("raw.photos", "photo uploads, sealed", 35),
    _event("punches", "one Punch", key="punch id"),
    _event("access", "one door event"),
    _event("operations", "one operation"),
    _event("photos", "metadata of one photo"),
    Topic(
        "people", "serial + PIN + item", "serial", "users and enrolments as seen on devices", ("normalize",),
        cleanup="compact",
    ),
    _event("device.input", "what the device processor reads", key="serial"),
    Topic("devices", "serial", "serial", "device state", ("devices",), cleanup="compact", transactional=True),
    Topic(
        "commands", "serial + command id", "serial or server", "life of a command, append-only",
        ("ingest", "connectors", "cli"), retention_ms=30 * DAY_MS,
    ),
    Topic("audit", "event id", "tenant", "every change that an operator makes", ("control API", "cli")),
    Topic(
        "lastpunch", "area or serial + PIN", "serial", "greatest punch", ("lastpunch", "timecards"), cleanup="compact",
        transactional=True,
    ),
    Topic(
        "registry", "kind + id", "one partition", "sites, devices, policies, schedules, holidays",
        ("cli", "control API", "connectors"), cleanup="compact", partitions=1,
    ),
    Topic("employees", "employee", "employee", "people", ("cli", "control API", "connectors"), cleanup="compact"),
    Topic(
        "identities", "device or area + PIN + valid_from", "area or serial", "which PIN is whom, when",
        ("cli", "control API", "connectors"), cleanup="compact",
    ),
    Topic(
        "resolver.input", "serial", "serial", "punches and identity changes", ("normalize", "fan-out"),
        retention_ms=35 * DAY_MS,
    ),
    Topic(
        "timecards.input", _EMPLOYEE, _EMPLOYEE, "everything that a card depends on",
        ("resolve", "control API", "connectors"), retention_ms=400 * DAY_MS,
    ),
    Topic(
        "timecards.daily", "tenant + employee + date", _EMPLOYEE, "latest full card", ("timecards",),
        cleanup="compact", transactional=True,
    ),
    Topic(
        "timecards.week", "tenant + employee + week", _EMPLOYEE, "latest full week", ("timecards",),
        cleanup="compact", transactional=True,
    ),
    Topic(
        "timecards.history", "tenant + employee + date", _EMPLOYEE, "every version", ("timecards",), transactional=True
    ),
    Topic(
        "timecards.adjustments", "adjustment id", _EMPLOYEE, "signed deltas after lock", ("timecards",),
        transactional=True,
    ),
    Topic(
        "timecards.reports", "tenant + pay group + first + partition", _EMPLOYEE,
        "what a partition says of a period that is being closed", ("timecards",), cleanup="compact", transactional=True,
    ),
    Topic(
        "payperiods", "period id", "tenant + pay group", "pay period control", ("control API", "cli"),
        transactional=True,
    ),
    Topic("approvals", "approval id", _EMPLOYEE, "approvals", ("control API", "cli", "connectors")),
    Topic("corrections", "correction id", _EMPLOYEE, "corrections", ("control API", "cli", "connectors")),
    Topic(
        "timecards.vendor", "source + report + row", "source", "a server's own time cards, for comparison",
        ("normalize",), cleanup="compact",
    ),
    _state("resolve", "serial"),
    _state("timecards", _EMPLOYEE),
    _state("devices", "serial"),
    Topic("timecards.archive", "state key", _EMPLOYEE, "state of closed periods", ("timecards",), cleanup="compact",
          transactional=True),
    Topic("connectors.state", "source + name", "source", "cursors, leases", ("connectors",), cleanup="compact",
          transactional=True),
    Topic("hints", "station", "station", "poll now", ("ingest",), retention_ms=DAY_MS),
    Topic(
        "deadletters", "source topic + partition", "source topic + partition", "the original bytes, reason in headers",
        ("every part",), retention_ms=400 * DAY_MS, max_message_bytes=MAX_RECORD_BYTES,
    ),
)  # fmt: skip

TOPICS: dict[str, Topic] = {topic.name: topic for topic in CATALOGUE}
RAW_TOPICS: tuple[str, ...] = tuple(topic.name for topic in CATALOGUE if topic.name.startswith("raw."))


def topic_config(topic: Topic, *, min_insync_replicas: int, max_record_bytes: int = MAX_RECORD_BYTES) -> dict[str, str]:
    """The broker-side configuration that the catalogue asks for, as Kafka spells it. `max_record_bytes`: what a cluster
    takes at most, however much a topic may need.
    """
    config = {
        "cleanup.policy": topic.cleanup,
        "max.message.bytes": str(min(topic.max_message_bytes, max_record_bytes)),
        "min.insync.replicas": str(min_insync_replicas),
    }
    if topic.cleanup == "delete":
        config["retention.ms"] = str(-1 if topic.retention_ms is None else topic.retention_ms)
    return config
