"""What a consumer group has committed, asked from outside the group."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CoordinatorNotAvailableError, GroupCoordinatorNotAvailableError, NotCoordinatorError

_TRIES = 50
_PAUSE_SECONDS = 0.2


async def committed_offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """Next offset to read for every partition that `group` (full name) has committed; empty for a new group.

    A cluster that never had a group makes its coordinator at the first question, which takes seconds: asked again
    until then, and after ten seconds no coordinator means that nobody has committed anything.
    """
    for _ in range(_TRIES):
        try:
            found: dict[TopicPartition, Any] = await admin.list_consumer_group_offsets(group)
        except (CoordinatorNotAvailableError, GroupCoordinatorNotAvailableError, NotCoordinatorError):
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return {partition: committed.offset for partition, committed in found.items() if committed.offset >= 0}
    return {}
