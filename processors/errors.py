"""Errors of the processors: retriable ones are those of the runtime's producer, poison goes to dead letters, fatal ends
the process."""

from __future__ import annotations

from runtime.errors import Fatal as RuntimeFatal
from runtime.errors import Retriable


class Fatal(RuntimeFatal):
    """The process must end: going on would lose or poison records."""


class UnsafeAgent(Fatal):
    """An agent was written past the safe wrapper, or with settings that lose events."""


class BrakesPulled(Fatal):
    """Too many rows failed in ways that nobody foresaw: a bad deploy must not empty a topic into the dead letters."""


class PartitionMissing(Fatal):
    """A record must go to a partition that its topic does not have."""


class Stuck(Fatal):
    """Records wait and none is finished: the process is of no use as it is."""


class OffsetLost(Fatal):
    """What a group must read next is not in Kafka any more; going on elsewhere would lose or repeat records."""


class OffsetsUnreadable(Fatal):
    """Kafka does not say where a group stands, or not in time."""


class GivenUp(Retriable):
    """Work that takes long was ended since its partition is about to go; whoever has it next goes on."""
