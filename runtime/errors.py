"""Errors of the runtime: retriable (try again, same input), poison (this input never works), fatal (stop)."""

from __future__ import annotations


class RuntimeFault(Exception):
    """Root of this package's errors."""


class Retriable(RuntimeFault):
    """The same call may work later."""


class Fatal(RuntimeFault):
    """The process must stop: somebody has to change something."""


class Poison(RuntimeFault):
    """This input never works, whoever tries it; others do."""


class SettingsError(Fatal):
    """Settings that cannot be: unknown, contradictory or unreadable. The message names the key."""


class BufferFull(Retriable):
    """The producer holds as many bytes as it may; nothing was taken."""


class DeliveryFailed(Retriable):
    """Kafka did not take a batch, or not in time. Whether it has it is unknown: send again, ids make it one."""


class KeyMissing(Retriable):
    """A key ring does not have a key that is needed. It reads its folder again, so putting the key there is enough."""


class ObjectMissing(RuntimeFault):
    """The object store has nothing of this name."""


class NameRefused(RuntimeFault):
    """A name that an object cannot have, since it would lead out of the store or hide in it."""


class TopicUnread(Retriable):
    """A topic could not be read to its end just now."""


class StoreUnavailable(Retriable):
    """The object store did not answer, or not in time, or had no room."""


class StoreRefused(Fatal):
    """The object store will not do this however often it is asked: credentials, bucket, permissions, abilities."""


class PayloadLost(RuntimeFault):
    """Poison: a kept payload cannot be opened: its person's key was destroyed, or its bytes were changed."""


class TopicMismatch(Fatal):
    """A topic is not as the catalogue says and cannot be made so in place."""


class ViewUnreadable(Fatal):
    """A topic that a view follows cannot be read to the end that it had at the start."""


class StateMisused(Fatal):
    """Keyed state on a topic not made for it, or asked for a partition that is not owned: a programming error."""


class StateUnreadable(Fatal):
    """Keyed state cannot be taken over: its topic was not fenced and read to its end, or not in time."""


class StateFenced(Fatal):
    """Somebody else has taken this partition's state over: this process must not write it any more."""


class StateUncertain(Fatal):
    """A transaction failed or took too long: what Kafka has is known only after the state is read again."""


class StateTooBig(Poison):
    """A value of keyed state is larger than any may be; nothing was written. key: whose it is."""

    def __init__(self, message: str, key: bytes) -> None:
        super().__init__(message)
        self.key = key
