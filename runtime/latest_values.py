"""The current records of a few keys of a compacted topic, by reading it once from its beginning: for what is needed too
seldom to be held in memory (who left, and what was said of them)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from aiokafka import ConsumerRecord

from runtime.errors import TopicUnread, ViewUnreadable
from runtime.follower import Follower
from runtime.sections import KafkaSettings


async def latest_values(
    settings: KafkaSettings, topic: str, keys: Collection[bytes], *, client_id: str, deadline_seconds: float = 120.0
) -> dict[bytes, bytes]:
    """Up to the end that the topic has now; deleted ones and unknown ones are left out. Raises TopicUnread."""
    wanted = frozenset(keys)
    if not wanted:
        return {}
    return await latest_where(
        settings, topic, wanted.__contains__, client_id=client_id, deadline_seconds=deadline_seconds
    )


async def latest_where(
    settings: KafkaSettings,
    topic: str,
    wanted: Callable[[bytes], bool],
    *,
    client_id: str,
    deadline_seconds: float = 120.0,
) -> dict[bytes, bytes]:
    """The current records of all keys that are `wanted`. Raises TopicUnread."""
    found: dict[bytes, bytes] = {}

    def apply(record: ConsumerRecord[bytes, bytes]) -> None:
        key = record.key or b""
        if not wanted(key):
            return
        if record.value is None:
            found.pop(key, None)
        else:
            found[key] = record.value

    follower = Follower(settings, topic, apply, client_id=client_id, deadline_seconds=deadline_seconds)
    try:
        await follower.start()
    except ViewUnreadable as error:
        raise TopicUnread(str(error)) from error
    finally:
        await follower.stop()
    return found
