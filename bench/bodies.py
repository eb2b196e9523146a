"""Uploads as terminals send them, for topics that are filled before a measurement. No two punches are alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from runtime.producer import Producer
from runtime.sections import KafkaSettings
from schemas.headers import RawHeaders

PEOPLE = 1000
# Prime, so that a person and a second meet again only after PEOPLE * 80,021 punches of a device.
_SECONDS = 80_021
_STEP_SECONDS = 7


def serials(count: int) -> list[str]:
    return [f"BENCH{number:05d}" for number in range(1, count + 1)]


def attlog_body(first: int, rows: int, day: datetime) -> bytes:
    """The punches `first` to `first + rows - 1` of a device, within the 23 hours after `day`."""
    return b"".join(_row(number, day) for number in range(first, first + rows))


def uploads(devices: Sequence[str], rows: int, each: int) -> Iterator[tuple[str, RawHeaders, bytes]]:
    """`each` punches of every device in bodies of `rows`: device, headers and body, devices in turn."""
    day = datetime.now(UTC) - timedelta(days=2)
    received_at = int(time.time() * 1000)
    for number in range(0, each, rows):
        for device in devices:
            headers = RawHeaders(
                source=device,
                tenant="demo",
                table="ATTLOG",
                received_at=received_at,
                edge="edge-1",
                request_id=f"bench-{number:x}",
                path="/iclock/cdata",
                query=f"SN={device}&table=ATTLOG&Stamp=9999",
            )
            yield device, headers, attlog_body(number, rows, day)


def open_producer(settings: KafkaSettings) -> Producer:
    """For filling topics; the caller flushes often enough."""
    return Producer(settings, client_id="bench", max_pending_bytes=256 * 1024 * 1024, deadline_seconds=60)


def _row(number: int, day: datetime) -> bytes:
    at = day + timedelta(seconds=number * _STEP_SECONDS % _SECONDS)
    return f"{1 + number % PEOPLE}\t{at:%Y-%m-%d %H:%M:%S}\t{number % 2}\t15\t0\t0\t0\n".encode()
