"""What the registry says about sites and devices, always at hand: a live view of the `registry` topic.

The topic is compacted and has one partition; every process follows all of it without a consumer group. Memory: one
entry a site and a device (about 1 KiB each: 10,000 devices are 10 MiB), nothing else. Source: DESIGN 4.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from runtime.errors import RegistryUnreadable
from runtime.kafka import make_consumer
from runtime.settings import KafkaSettings
from schemas.registry import DevicePeriod, DeviceRecord, Record, SiteRecord, decode_record, record_key

log = logging.getLogger(__name__)

TOPIC = "registry"
_POLL_MS = 500
_POLL_RECORDS = 1000

REFUSED = Counter("punchstream_registry_refused_records_total", "registry records that could not be read")
VERSION = Gauge("punchstream_registry_version", "registry offset + 1 up to which this process knows the registry")
DEVICES = Gauge("punchstream_registry_devices", "devices that the registry names")


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the registry. registry_version: offset + 1 of the record that says so."""

    periods: tuple[DevicePeriod, ...]
    registry_version: int

    def at(self, at_ms: int) -> DevicePeriod | None:
        """What holds at an instant, epoch milliseconds UTC; None outside all periods."""
        for period in self.periods:
            if period.covers(at_ms):
                return period
        return None


class RegistryView:
    """Look-ups are answered from memory. `version` is the highest offset + 1 that was read, refused records included.

    `on_change` is called with the serial of a device whose record changed, after the view has it, from `start` on.
    `failed` says in words why following stopped, and is empty as long as it goes on: then the view is stale, and the
    process should stop being ready.
    """

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-registry", deadline_seconds: float = 60.0
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._deadline_seconds = deadline_seconds
        self._partition = TopicPartition(settings.topic(TOPIC), 0)
        self._devices: dict[str, KnownDevice] = {}
        self._records: dict[str, Record] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self._following: asyncio.Task[None] | None = None
        self.on_change: Callable[[str], None] | None = None
        self.version = 0
        self.failed = ""

    def device(self, serial: str) -> KnownDevice | None:
        """`serial` in upper case, as records carry it."""
        return self._devices.get(serial)

    def site(self, site_id: str) -> SiteRecord | None:
        record = self._records.get(f"site+{site_id}")
        return record if isinstance(record, SiteRecord) else None

    def records(self) -> list[Record]:
        """All that the registry holds, in order of kind and id."""
        return [self._records[key] for key in sorted(self._records)]

    async def start(self) -> None:
        """Returns when the view has reached the end that the topic had, then goes on in the background.

        Raises RegistryUnreadable: no such topic, no Kafka, or the end not reached within the deadline.
        """
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._catch_up()
        except (KafkaError, TimeoutError) as error:
            await self.stop()
            why = (
                f"its end was not reached within {self._deadline_seconds:g} s, version {self.version}"
                if isinstance(error, TimeoutError)
                else repr(error)
            )
            raise RegistryUnreadable(
                f"cannot read topic {self._partition.topic} of Kafka at {self._settings.bootstrap}: {why}"
            ) from error
        except BaseException:
            await self.stop()
            raise
        self._following = asyncio.create_task(self._follow())
        self._following.add_done_callback(self._ended)

    async def stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
            self._following = None
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _catch_up(self) -> None:
        consumer = self._consumer = make_consumer(self._settings, group=None, client_id=self._client_id)
        await consumer.start()
        # Asked first, because assigning a topic that is not there creates it where brokers are set to do so.
        if self._partition.topic not in await consumer.topics():
            raise RegistryUnreadable(
                f"topic {self._partition.topic} does not exist in Kafka at {self._settings.bootstrap}: "
                "run `punchstream topics apply` first"
            )
        consumer.assign([self._partition])
        first = await consumer.beginning_offsets([self._partition])
        end = await consumer.end_offsets([self._partition])
        consumer.seek(self._partition, first[self._partition])
        # The position, not the last record: compaction and transaction markers leave offsets without a record.
        while await consumer.position(self._partition) < end[self._partition]:
            await self._read(consumer)
        log.info("the registry is read: version %d, %d devices", self.version, len(self._devices))

    async def _follow(self) -> None:
        assert self._consumer is not None
        while True:
            await self._read(self._consumer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.failed = f"following topic {self._partition.topic} stopped: {task.exception()!r}"
            log.error("%s", self.failed, exc_info=task.exception())

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        batches = await consumer.getmany(self._partition, timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
        for record in batches.get(self._partition, ()):
            self._apply(record)
        self.version = await consumer.position(self._partition)
        VERSION.set(self.version)
        DEVICES.set(len(self._devices))

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        self.version = record.offset + 1
        key = (record.key or b"").decode("utf-8", "replace")
        try:
            decoded = _decode(record)
        except Exception as error:  # noqa: BLE001 - a pure function: whatever it raises, this one record is to blame
            REFUSED.inc()
            log.error("registry record %s at offset %d is kept out: %r", key, record.offset, error)
            return
        serial = key.removeprefix("device+") if key.startswith("device+") else ""
        if decoded is None:
            self._records.pop(key, None)
            self._devices.pop(serial, None)
        else:
            self._records[key] = decoded
        if isinstance(decoded, DeviceRecord):
            self._devices[serial] = KnownDevice(decoded.periods, self.version)
        if serial and self.on_change is not None:
            self.on_change(serial)


def _decode(record: ConsumerRecord[bytes, bytes]) -> Record | None:
    """None for a tombstone, and for a kind that this version does not know."""
    decoded = decode_record(record.value) if record.value is not None else None
    if decoded is not None and record_key(decoded) != record.key:
        raise ValueError(f"the key says {record.key!r}, the value {record_key(decoded)!r}")
    return decoded
