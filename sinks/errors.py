"""Errors of the sinks: retriable (same input, later), poison (these rows never work), fatal (somebody must act)."""

from __future__ import annotations

from runtime.errors import Fatal, Retriable, RuntimeFault


class ClickHouseUnavailable(Retriable):
    """ClickHouse did not take it now. Whether it has it is unknown: the token makes a repeat harmless."""


class KafkaUnavailable(Retriable):
    """Kafka did not answer, or not with success."""


class RowsRefused(RuntimeFault):
    """Poison: ClickHouse cannot read at least one row of an insert.

    `row` is the 0-based row that its message names, None when it names none.
    """

    def __init__(self, message: str, row: int | None) -> None:
        super().__init__(message)
        self.row = row


class PartitionLost(Retriable):
    """Somebody else owns the partition now: what is not committed is theirs."""


class InsertFailed(Fatal):
    """ClickHouse refuses for a reason that neither waiting nor leaving rows out can mend."""


class SchemaMismatch(Fatal):
    """A table is missing, or not as the migrations leave it."""


class DeduplicationTooShort(Fatal):
    """A table forgets tokens sooner than a retry may come: rows would double."""


class MigrationRefused(Fatal):
    """Migrations cannot be applied or reverted as asked."""


class OffsetLost(Fatal):
    """Kafka and ClickHouse disagree on where a partition stands; going on would lose or double rows."""


class ExportRefused(Fatal):
    """An export cannot be made, or not delivered, as asked: the message says why. Nothing was delivered."""


class DeliveryFailed(Retriable):
    """The receiving side did not take the file now; sending it again is safe."""
