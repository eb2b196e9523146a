"""Questions to ClickHouse that the page and the account ask; everything is read through the views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client

from runtime.sections import ClickHouseSettings
from sinks.clickhouse import make_client

_DELAYS = "SELECT quantilesExact(0.5, 0.95)(delay_ms), count() FROM delay_v(seconds = {seconds:UInt32})"


@contextmanager
def reader(settings: ClickHouseSettings) -> Iterator[Client]:
    """A client in the deployment's database. Raises errors of sinks when ClickHouse cannot be reached."""
    client = make_client(settings)
    try:
        client.database = settings.database
        yield client
    finally:
        client.close()


def delays_ms(client: Client, seconds: int) -> tuple[int, int]:
    """p50 and p95, milliseconds, of the punches that became visible in the last `seconds`; -1 when there are none."""
    (p50, p95), rows = client.query(_DELAYS, parameters={"seconds": seconds}).result_rows[0]
    return (int(p50), int(p95)) if rows else (-1, -1)
