"""What arrives in the tables, and what a sink does when it cannot store something."""

import asyncio
import time
from collections.abc import Callable

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from cli.kafka_reader import KafkaReader
from runtime.kafka import make_admin, make_consumer
from runtime.settings import Settings
from schemas.headers import RawHeaders
from sinks import metrics, partition
from sinks.errors import InsertFailed, OffsetLost
from sinks.main import run
from sinks.tables import TABLES
from tests.integration.helpers import producer, until
from tests.integration.sinks.proxy import proxied
from tests.integration.sinks.support import (
    PUNCH,
    fill_punches,
    fill_raw,
    kafka_positions,
    punch,
    rows,
    running,
    stored_positions,
    until_stored,
)

DAY_MS = 86_400_000


async def fails(settings: Settings) -> Exception:
    """The error that a sink of these settings ends with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the caller looks at it
        await asyncio.wait_for(run(settings, asyncio.Event()), 40)
    assert not isinstance(caught.value, TimeoutError)
    return caught.value


async def test_bodies_of_any_bytes_are_stored_byte_for_byte(settings: Settings) -> None:
    bodies = [
        bytes(range(256)),
        b"",
        b"\r\n\n\\\"'\t",
        bytes(reversed(range(256))) * 50,
        "жд€😀".encode(),
        b"\xed\xa0\x80",
    ]
    headers = RawHeaders("S\\N'1", "t", "ATTLOG", 1_700_000_000_123, "edge-1", "r1", query="a=\x01b").encode()
    async with producer(settings, "raw.attendance") as made:
        for body in bodies:
            made.append("raw.attendance", b"k", body, partition_by=b"k", headers=[*headers, ("odd", bytes([0, 255]))])
        await made.flush()
    async with running(settings):
        await until_stored(settings, len(bodies))
    found = await rows(
        settings,
        "SELECT hex(body), source, `table`, toUnixTimestamp64Milli(received_at), query, hex(headers['odd']), v "
        "FROM raw_events ORDER BY offset",
    )
    assert [bytes.fromhex(row[0]) for row in found] == bodies
    assert {row[1:] for row in found} == {("S\\N'1", "ATTLOG", 1_700_000_000_123, "a=\x01b", "00FF", 1)}


async def test_a_punch_is_stored_field_by_field(settings: Settings) -> None:
    await fill_punches(settings, [punch(1, verify=15, rank=2**64 - 1, state=99_999_999_999)])
    async with running(settings):
        await until_stored(settings, 1, "punches")
    (found,) = await rows(settings, "SELECT * REPLACE (toUnixTimestamp64Milli(local_time) AS local_time) FROM punches")
    columns = await rows(
        settings,
        "SELECT name FROM system.columns WHERE table = 'punches' AND database = currentDatabase() ORDER BY position",
    )
    names = [name for (name,) in columns]
    row = dict(zip(names, found, strict=True))
    assert (row["rank"], row["verify"], row["state"], row["extra"]) == (2**64 - 1, 15, 99_999_999_999, {"c8": "x"})
    assert (row["local_time"], row["job_codes"], row["is_attendance"]) == (PUNCH.local_time, ["a"], True)
    assert (row["topic"], row["offset"]) == ("punches", 0)


async def test_bad_rows_are_put_aside_and_the_good_beside_them_stored(settings: Settings) -> None:
    """One is no object, one has a word for a time, one a field without a column; they are named in the dead letters."""
    word = orjson.dumps({**orjson.loads(punch(3)), "punch_at": "soon"})
    unknown = orjson.dumps({**orjson.loads(punch(4)), "colour": "red"})
    values = [punch(0), b"\xff not json", punch(1), word, punch(2), unknown, b'{"unclosed": "}', punch(5)]
    await fill_punches(settings, values)
    async with running(settings):
        await until_stored(settings, len(values), "punches")
        await until_stored(settings, 4, "deadletters")
    assert [row[0] for row in await rows(settings, "SELECT offset FROM punches ORDER BY 1")] == [0, 2, 4, 7]
    letters = await rows(
        settings,
        "SELECT source_offset, reason, stage, source_topic, body, error FROM deadletters_v ORDER BY source_offset",
    )
    assert [row[:4] for row in letters] == [
        (1, "not_an_event", "sink", "punches"),
        (3, "refused_by_clickhouse", "sink", "punches"),
        (5, "refused_by_clickhouse", "sink", "punches"),
        (6, "refused_by_clickhouse", "sink", "punches"),
    ]
    assert letters[1][4].encode() == word
    assert "punch_at" in letters[1][5]
    assert await rows(settings, "SELECT sum(rows), sum(dead) FROM sink_batches WHERE target = 'punches'") == [(4, 4)]


async def test_records_that_do_not_fit_the_table_stop_the_sink_and_empty_nothing(settings: Settings) -> None:
    await fill_punches(settings, [orjson.dumps({**orjson.loads(punch(n)), "new_field": n}) for n in range(30)])
    error = await fails(settings)
    assert isinstance(error, InsertFailed)
    assert "more than 20 of 30 rows" in str(error)
    assert "new_field" in str(error)
    assert await kafka_positions(settings, "deadletters") == []


async def test_years_of_backlog_in_one_batch(settings: Settings) -> None:
    months = [punch(n, local_time=1_420_070_400_000 + n * 15 * DAY_MS) for n in range(290)]
    await fill_punches(settings, months)
    async with running(settings):
        await until_stored(settings, 290, "punches")
    assert await rows(settings, "SELECT count(), uniq(toYYYYMM(local_time)) > 140 FROM punches") == [(290, 1)]


async def test_clickhouse_away_for_a_while_loses_nothing(make: Callable[..., Settings], settings: Settings) -> None:
    async with (
        proxied(settings.clickhouse.url) as proxy,
        running(make(f"clickhouse.url={proxy.url}", "sink.max_rows=50")),
    ):
        await fill_raw(settings, 200)
        await until_stored(settings, 200)
        proxy.cut = True
        await fill_raw(settings, 300, start=200)
        await until(lambda: proxy.refused + proxy.lost >= 3, "the sink tries again")
        proxy.cut = False
        await until_stored(settings, 500)
    assert await stored_positions(settings) == await kafka_positions(settings, "raw.attendance")


async def test_clickhouse_away_at_the_start_is_waited_for(make: Callable[..., Settings], settings: Settings) -> None:
    await fill_raw(settings, 20)
    async with proxied(settings.clickhouse.url) as proxy:
        proxy.cut = True
        async with running(make(f"clickhouse.url={proxy.url}")):
            await until(lambda: proxy.refused >= 2, "the sink tries to connect")
            proxy.cut = False
            await until_stored(settings, 20)


async def test_inserts_whose_answer_is_lost_are_stored_once(make: Callable[..., Settings], settings: Settings) -> None:
    await fill_raw(settings, 300)
    async with proxied(settings.clickhouse.url) as proxy:
        proxy.lose_answers = 5
        async with running(make(f"clickhouse.url={proxy.url}", "sink.max_rows=60")):
            await until_stored(settings, 300)
        assert proxy.lost >= 5
    assert await stored_positions(settings) == await kafka_positions(settings, "raw.attendance")
    assert await rows(settings, "SELECT count() - uniqExact(token) FROM sink_batches") == [(0,)]


async def test_stopping_stores_and_commits_what_was_read(make: Callable[..., Settings], settings: Settings) -> None:
    slow = make("sink.flush_seconds=3600")
    await fill_raw(settings, 100)
    async with KafkaReader(settings.kafka) as reader:
        held_bytes = sum([partition._size(record) async for record in reader.records("raw.attendance")])
    stop = asyncio.Event()
    task = asyncio.create_task(run(slow, stop))

    await until(lambda: bool(metrics.HELD_BYTES._value.get() == held_bytes), "the sink read everything")
    stop.set()
    assert await asyncio.wait_for(task, 30) == 0
    assert await stored_positions(settings) == await kafka_positions(settings, "raw.attendance")
    assert await rows(settings, "SELECT sum(rows) FROM sink_batches") == [(100,)]


async def test_an_offset_that_retention_passed_stops_the_sink(settings: Settings) -> None:
    await fill_raw(settings, 100)
    async with running(settings):
        await until_stored(settings, 100)
    await fill_raw(settings, 100, start=100)
    ends = {tp: offset + 1 for tp, offset in _last_offsets(settings, await kafka_positions(settings, "raw.attendance"))}
    admin = make_admin(settings.kafka)
    await admin.start()
    try:
        await admin.delete_records({tp: RecordsToDelete(before_offset=end) for tp, end in ends.items()})
    finally:
        await admin.close()
    error = await fails(settings)
    assert isinstance(error, OffsetLost)
    assert "retention passed it" in str(error)
    assert "raw.attendance-" in str(error)


def _last_offsets(settings: Settings, positions: list[tuple[int, int]]) -> list[tuple[TopicPartition, int]]:
    name = settings.kafka.topic("raw.attendance")
    return [(TopicPartition(name, partition), offset) for partition, offset in positions]


async def test_a_group_without_offsets_does_not_store_everything_again(
    make: Callable[..., Settings], settings: Settings
) -> None:
    await fill_raw(settings, 50)
    async with running(settings):
        await until_stored(settings, 50)
    error = await fails(make("sink.group=another"))
    assert isinstance(error, OffsetLost)
    assert "would store them twice" in str(error)
    assert len(await stored_positions(settings)) == 50


async def test_metadata_of_another_program_stops_the_sink(settings: Settings) -> None:
    await fill_raw(settings, 10)
    consumer = make_consumer(settings.kafka, group=settings.kafka.topic(settings.sink.group), client_id="other")
    await consumer.start()
    tps = [TopicPartition(settings.kafka.topic(t.topic), 0) for t in TABLES]
    consumer.assign(tps)
    await consumer.commit({tp: OffsetAndMetadata(0, "somebody else's") for tp in tps})
    await consumer.stop()
    error = await fails(settings)
    assert isinstance(error, OffsetLost)
    assert "Another program commits" in str(error)


async def test_the_view_shows_each_punch_once_by_greatest_rank(settings: Settings) -> None:
    quarantine = {"local_time": 0, "time_flags": ["FUTURE_PUNCH", "QUARANTINED"]}
    values = [
        punch(1, rank=5, site="lesser"),
        punch(1, rank=9, site="greater"),
        punch(1, rank=7, site="middle"),
        punch(2, rank=3, site="was future", **quarantine),
        punch(2, rank=4, site="no longer future"),
        punch(3, rank=8, site="future, better known", **quarantine),
        punch(3, rank=2, site="not future"),
        punch(4, rank=1, site="only in quarantine", **quarantine),
        punch(5, rank=1, device="SN2", site="other device"),
    ]
    for value in values:  # a part each, unmerged
        await fill_punches(settings, [value])
    async with running(settings):
        await until_stored(settings, len(values), "punches")
    assert await rows(settings, "SELECT site FROM punches_v ORDER BY event_id") == [
        ("greater",), ("no longer future",), ("future, better known",), ("only in quarantine",), ("other device",),
    ]  # fmt: skip


async def test_the_delay_is_from_the_request_to_the_visible_row(settings: Settings) -> None:
    received = int(time.time() * 1000) - 5_000
    await fill_punches(settings, [punch(n, received_at=received) for n in range(10)])
    async with running(settings):
        await until_stored(settings, 10, "punches")
    found = await rows(settings, "SELECT count(), min(delay_ms), max(delay_ms) FROM delay_v(seconds = 60)")
    count, least, most = found[0]
    assert count == 10
    assert 5_000 <= least <= most <= 60_000
    assert await rows(settings, "SELECT count() FROM delay_v(seconds = 0)") == [(0,)]
