"""What keyed state is changed by: a pure model of one partition, which `processors.keyed_worker` wires to Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from runtime.state_records import Output

EventT_contra = TypeVar("EventT_contra", contravariant=True)


class Later(NamedTuple):
    """A record that is sent, idempotently, once the state is durable. partition_by None: to every partition, after
    Kafka has all others."""

    key: bytes
    value: bytes
    partition_by: bytes | None


class Changes(NamedTuple):
    """What a model wants written: state (None deletes) and outputs of the same partition number, in one transaction;
    then `later`, which the model must give again for inputs that are done again."""

    values: Mapping[bytes, bytes | None]
    also: Sequence[Output]
    later: Sequence[Later] = ()


class PartitionModel(Protocol[EventT_contra]):
    """What a partition's state becomes by its input. No I/O, no clock."""

    def apply(self, event: EventT_contra, offset: int) -> None:
        """Take one input. An exception leaves the model as it was before."""

    def changes(self) -> Changes:
        """What changed since it was asked last."""
