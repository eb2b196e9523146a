"""The last raw requests of a device, and those that come: what `punchstream devices tail` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from cli.errors import WordWrong
from cli.operator import time_text
from ingest.control.raw_tail import RawRequest, RawTail, shown_record
from ingest.control.records import Records
from runtime.kafka import make_consumer
from runtime.producer import Producer
from schemas.topics import RAW_TOPICS
from wire.zkpush.target import SERIAL

if TYPE_CHECKING:
    from runtime.settings import Settings

_DEADLINE_SECONDS = 20.0
_POLL_MS = 1000


async def tail(settings: Settings, serial: str, count: int, follow: bool, json: bool) -> None:
    """Without the views that other commands need: it reads this device's partitions and nothing else."""
    serial = serial.upper()
    if not SERIAL.fullmatch(serial):
        raise WordWrong(f"{serial[:40]!r} is no serial: 1 to 32 letters, digits, '-', '_'")
    # Of a producer only what it knows of partitions is used.
    producer = Producer(
        settings.kafka, client_id="punchstream-tail", max_pending_bytes=1, deadline_seconds=_DEADLINE_SECONDS
    )
    await producer.start()
    try:
        await producer.prepare(*RAW_TOPICS)
        places = {
            TopicPartition(settings.kafka.topic(topic), producer.partition(topic, serial.encode())): topic
            for topic in RAW_TOPICS
        }
        consumer = make_consumer(settings.kafka, group=None, client_id="punchstream-tail")
        await consumer.start()
        try:
            # Where following begins is decided before the look back, so that nothing falls between.
            consumer.assign(list(places))
            for place, end in (await consumer.end_offsets(list(places))).items():
                consumer.seek(place, end)
            last = await RawTail(Records(settings.kafka), producer).last(serial, count)
            _show(last, json)
            if not last and not follow:
                print(f"nothing of {serial} is kept: it never reached an edge, or not lately")
            newest = {(one.topic, one.offset) for one in last}
            while follow:
                for place, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                    found = [shown_record(places[place], one) for one in records if one.key == serial.encode()]
                    _show([one for one in found if (one.topic, one.offset) not in newest], json)
        finally:
            await consumer.stop()
    finally:
        await producer.stop()


def _show(requests: list[RawRequest], json: bool) -> None:
    for request in requests:
        if json:
            print(request.model_dump_json(), flush=True)
            continue
        for line in lines_of(request):
            print(line, flush=True)


def lines_of(request: RawRequest) -> list[str]:
    query = f"?{request.query}" if request.query else ""
    size = f"{request.size} bytes{', sealed' if request.sealed else ''}" if request.size else "no body"
    first = f"{time_text(request.received_at)}  {request.table:<10}  {request.path}{query}  {size}  edge {request.edge}"
    return [first, *(f"    {line}" for line in request.body.splitlines())]
