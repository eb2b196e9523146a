"""Which terminals a fleet has: serial, site, zone and how the clock treats summer time."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    """A place with terminals. standard_offset is its UTC offset outside summer time, as `+hh:mm`."""

    id: str
    name: str
    zone: str
    standard_offset: str


SITES = (
    Site("berlin", "Berlin plant", "Europe/Berlin", "+01:00"),
    Site("new-york", "New York warehouse", "America/New_York", "-05:00"),
    Site("pune", "Pune office", "Asia/Kolkata", "+05:30"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One terminal. clock is "zone" (follows the zone's rules) or "fixed:+hh:mm" (never changes)."""

    number: int
    serial: str
    site: Site
    clock: str

    def local_second(self, epoch_second: int) -> int:
        """What the terminal's clock shows at this UTC instant, as seconds since 1970-01-01T00:00:00 of the clock."""
        return epoch_second + _offset(self.site.zone, self.clock, epoch_second)


def identity(number: int) -> Identity:
    """The terminal with this number, counted from 1: sites in turn, every tenth clock fixed at standard time."""
    site = SITES[(number - 1) % len(SITES)]
    clock = f"fixed:{site.standard_offset}" if number % 10 == 9 else "zone"
    return Identity(number, f"SIM{number:08d}", site, clock)


@lru_cache(maxsize=256)
def _offset(zone: str, clock: str, epoch_second: int) -> int:
    """Seconds east of UTC. The cache makes it one computation per zone and second, however many terminals ask."""
    if clock.startswith("fixed:"):
        sign = -1 if clock[6] == "-" else 1
        return sign * (int(clock[7:9]) * 3600 + int(clock[10:12]) * 60)
    offset = dt.datetime.fromtimestamp(epoch_second, ZoneInfo(zone)).utcoffset()
    assert offset is not None  # an aware datetime always has one
    return int(offset.total_seconds())
