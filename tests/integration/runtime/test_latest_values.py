"""Current records of a few keys of a genuine topic."""

from __future__ import annotations

import pytest

from deploy.local.stack import LocalStack
from runtime import topics
from runtime.errors import TopicUnread
from runtime.latest_values import latest_values
from tests.integration.helpers import make_settings, producer


async def test_the_last_record_of_each_wanted_key_that_was_not_deleted(stack: LocalStack, topic_prefix: str) -> None:
    settings = make_settings(stack, topic_prefix)
    with pytest.raises(TopicUnread, match="does not exist"):
        await latest_values(settings.kafka, "employees", [b"a"], client_id="test")
    await topics.apply(settings.kafka)
    async with producer(settings, "employees") as sender:
        for key, value in ((b"a", b"1"), (b"b", b"1"), (b"c", b"1"), (b"a", b"2"), (b"b", None)):
            await sender.append("employees", key, value, partition_by=key).acked()
    found = await latest_values(settings.kafka, "employees", [b"a", b"b", b"x"], client_id="test")
    assert found == {b"a": b"2"}
    assert await latest_values(settings.kafka, "employees", [], client_id="test") == {}
