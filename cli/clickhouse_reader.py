"""Questions to ClickHouse that the page and the account ask; everything is read through the views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from clickhouse_connect.driver.client import Client

from processors.timecards.engine.exceptions import SEVERITIES
from runtime.sections import ClickHouseSettings
from sinks.clickhouse import make_client

_DELAYS = "SELECT quantilesExact(0.5, 0.95)(delay_ms), count() FROM delay_v(seconds = {seconds:UInt32})"
INFO_CODES: Final = frozenset(code for code, (severity, _) in SEVERITIES.items() if severity == "info")

_CARDS = """
SELECT sumMap(map(toString(status), toUInt64(1))),
       sumIf(worked, week_start = toMonday(now('UTC'))),
       sumMap(CAST((exceptions, arrayMap(code -> toUInt64(1), exceptions)), 'Map(String, UInt64)'))
FROM timecards_daily_v
"""


@dataclass(frozen=True, slots=True)
class CardNumbers:
    """Cards by status, minutes worked in the week that it is (from Monday, UTC), and cards by exception code; what is
    only for information is left out."""

    statuses: dict[str, int] = field(default_factory=dict)
    worked_this_week: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)


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


def card_numbers(client: Client) -> CardNumbers:
    """Over all cards that there are; those that lost everything are left out."""
    statuses, worked, exceptions = client.query(_CARDS).result_rows[0]
    found = {code: int(cards) for code, cards in exceptions.items() if code not in INFO_CODES}
    return CardNumbers(dict(statuses), int(worked), found)
