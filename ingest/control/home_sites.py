"""At which site each employee is at home, when: whose cards a token may look at and decide on.

A live view of the topic `employees` that keeps sites alone; equal histories are one object: about 0.11 KiB an employee
(tracemalloc, 100,000 of them at 50 sites, 2026-11-21).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.employees import Employee, employee_key

log = logging.getLogger(__name__)

TOPIC: Final = "employees"
_LOGGED_UNREADABLE: Final = 20

UNREADABLE = Counter("punchstream_home_sites_unreadable_total", "records of the topic employees that make no sense")


class Home(NamedTuple):
    """periods: (valid_from, valid_to, site) of the employments that name a site; dates as text, empty: without end."""

    active: bool
    site: str
    periods: tuple[tuple[str, str, str], ...] = ()

    def at(self, day: date) -> str:
        text = day.isoformat()
        held = (site for since, until, site in self.periods if since <= text and (not until or text < until))
        return next(held, self.site)


class HomeSites:
    """Look-ups are answered from memory. `failed` says in words why following stopped; then the view is stale."""

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-home-sites", deadline_seconds: float = 120.0
    ) -> None:
        self._follower = Follower(settings, TOPIC, self.apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._homes: dict[bytes, Home] = {}
        self._shared: dict[Home, Home] = {}
        self._unreadable = 0

    @property
    def failed(self) -> str:
        return self._follower.failed

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()

    async def stop(self) -> None:
        await self._follower.stop()

    def find(self, tenant: str, employee: str) -> Home | None:
        return self._homes.get(employee_key(tenant, employee))

    def of_site(self, tenant: str, site: str, day: date) -> Iterator[str]:
        """Active employees whose home site it is on a date."""
        prefix = employee_key(tenant, "")
        for key, home in self._homes.items():
            if key.startswith(prefix) and home.active and home.at(day) == site:
                yield key[len(prefix) :].decode()

    def apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        key = record.key or b""
        if record.value is None:
            self._homes.pop(key, None)
            return
        try:
            employee = decode_event(Employee, record.value)
        except NotAnEvent as error:
            UNREADABLE.inc()
            self._unreadable += 1
            if self._unreadable <= _LOGGED_UNREADABLE:
                log.error("%s: the record %r at offset %d makes no sense: %s", TOPIC, key, record.offset, error)
            return
        periods = tuple((e.valid_from, e.valid_to, e.site) for e in employee.employment if e.site)
        home = Home(employee.active, employee.site, periods)
        self._homes[employee_key(employee.tenant, employee.employee)] = self._shared.setdefault(home, home)


def today(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()
