"""Errors of the runtime: retriable (try again, same input), poison (this input never works), fatal (stop)."""

from __future__ import annotations


class RuntimeFault(Exception):
    """Root of this package's errors."""


class Retriable(RuntimeFault):
    """The same call may work later."""


class Fatal(RuntimeFault):
    """The process must stop: somebody has to change something."""


class SettingsError(Fatal):
    """Settings that cannot be: unknown, contradictory or unreadable. The message names the key."""


class BufferFull(Retriable):
    """The producer holds as many bytes as it may; nothing was taken."""


class DeliveryFailed(Retriable):
    """Kafka did not take a batch, or not in time. Whether it has it is unknown: send again, ids make it one."""


class TopicMismatch(Fatal):
    """A topic is not as the catalogue says and cannot be made so in place."""


class RegistryUnreadable(Fatal):
    """The registry topic cannot be read to the end that it had at the start."""
