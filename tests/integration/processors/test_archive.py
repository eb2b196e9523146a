"""The archive is read from Kafka in one go, behind whatever was committed before."""

from __future__ import annotations

import pytest

from deploy.local.stack import LocalStack
from processors.timecards.stream.archive import ARCHIVE, Archive
from runtime import topics
from runtime.errors import TopicUnread
from runtime.keyed_state import KeyedState
from runtime.settings import Settings
from tests.integration.helpers import make_settings


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "kafka.partitions=2")
    await topics.apply(settings.kafka)
    return settings


async def test_the_last_committed_value_of_each_wanted_key_is_found_at_once(settings: Settings) -> None:
    state = KeyedState(settings.kafka, "timecards.state", client_id="test")
    archive = Archive(settings.kafka, deadline_seconds=30)
    try:
        await state.assigned([0, 1])
        assert await archive.values(0, {b"a"}) == {}
        for number in range(25):
            value = b"%d" % number
            await state.put(0, {b"x": value}, [(ARCHIVE, b"a", value), (ARCHIVE, b"b", value), (ARCHIVE, b"c", value)])
            # At once: the marker of the transaction may still be on its way.
            assert await archive.values(0, {b"a", b"c", b"never"}) == {b"a": value, b"c": value}
        await state.put(0, {}, [(ARCHIVE, b"c", None)])
        await state.put(1, {}, [(ARCHIVE, b"a", b"other")])
        assert await archive.values(0, {b"a", b"c"}) == {b"a": b"24"}
    finally:
        await state.stop()


async def test_a_reading_has_a_deadline(settings: Settings) -> None:
    with pytest.raises(TopicUnread, match=r"derive\.archive_scan_seconds"):
        await Archive(settings.kafka, deadline_seconds=0.001).values(0, {b"a"})
