"""The table map: which topic goes to which table, and how its records become rows. Source: DESIGN 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from schemas.approvals import Approval
from schemas.audit import AuditEvent
from schemas.commands import CommandEvent
from schemas.corrections import Correction
from schemas.device_events import AccessEvent, Operation, Person, Photo
from schemas.devices import DeviceState
from schemas.employees import Employee, Identity
from schemas.events import Punch
from schemas.payperiods import PayPeriod
from schemas.timecards import CardAdjustment, DailyCard, WeekCard
from schemas.topics import TOPICS
from schemas.vendor_timecards import VendorTimecard
from sinks.rows import RAW_COLUMNS, Encoded, Record, dead_letter_rows, event_rows, latest_rows, raw_rows

_POSITION = ("topic", "partition", "offset")


@dataclass(frozen=True, slots=True)
class Table:
    """One target: catalogue name of its topic, name of the table, the columns that rows fill, and their encoder
    (topic, partition, records)."""

    topic: str
    name: str
    columns: tuple[str, ...]
    encode: Callable[[str, int, Sequence[Record]], Encoded]

    @property
    def compacted(self) -> bool:
        """Whether Kafka may drop records of the topic that a later one of the same key replaces."""
        return TOPICS[self.topic].cleanup == "compact"


def _events(topic: str, event: type) -> Table:
    encode = latest_rows if TOPICS[topic].cleanup == "compact" else event_rows
    return Table(topic, topic.replace(".", "_"), tuple(field.name for field in fields(event)) + _POSITION, encode)


TABLES: tuple[Table, ...] = (
    _events("punches", Punch),
    _events("operations", Operation),
    _events("people", Person),
    _events("photos", Photo),
    _events("access", AccessEvent),
    _events("devices", DeviceState),
    _events("commands", CommandEvent),
    _events("audit", AuditEvent),
    _events("employees", Employee),
    _events("identities", Identity),
    _events("corrections", Correction),
    _events("timecards.vendor", VendorTimecard),
    _events("timecards.daily", DailyCard),
    _events("timecards.history", DailyCard),
    _events("timecards.week", WeekCard),
    _events("timecards.adjustments", CardAdjustment),
    _events("payperiods", PayPeriod),
    _events("approvals", Approval),
    Table(
        "raw.attendance", "raw_events",
        (*RAW_COLUMNS, "headers", "body", *_POSITION), raw_rows,
    ),
    Table(
        "deadletters", "deadletters",
        (
            "reason", "stage", "source_topic", "source_partition", "source_offset", "line", "error", "code_version",
            "failed_at", "tenant", "source", "received_at", "sealed", "headers", "body", *_POSITION,
        ),
        dead_letter_rows,
    ),
)  # fmt: skip
BY_TOPIC: dict[str, Table] = {table.topic: table for table in TABLES}

BATCHES_TABLE = "sink_batches"
BATCHES_COLUMNS = (
    "target", "topic", "partition", "first_offset", "last_offset", "rows", "dead", "token", "worker", "finished_at",
)  # fmt: skip
