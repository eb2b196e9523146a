"""Where the crew works: sites and terminals of its own, idle most of the time."""

import datetime as dt
from zoneinfo import ZoneInfo

from simulate.fleet.identity import Identity, Site
from simulate.fleet.punches import texts_of

HAMBURG = Site("hamburg", "Hamburg workshop", "Europe/Berlin", "+01:00")
BOSTON = Site("boston", "Boston workshop", "America/New_York", "-05:00")
SITES = {site.id: site for site in (HAMBURG, BOSTON)}

TERMINALS = tuple(
    Identity(number, f"CREW{number:08d}", site, "zone")
    for number, site in enumerate((HAMBURG, HAMBURG, BOSTON, BOSTON), 1)
)
BY_SERIAL = {terminal.serial: terminal for terminal in TERMINALS}


def zone_of(site: str) -> ZoneInfo:
    return ZoneInfo(SITES[site].zone)


def instant(date: dt.date, seconds: int, zone: ZoneInfo) -> int:
    """Epoch second of a wall time, as seconds since the date's midnight on the wall (more than a day: a later date)."""
    wall = dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=seconds)
    return int(wall.replace(tzinfo=zone).timestamp())


def wall(at: int, zone: ZoneInfo) -> dt.datetime:
    """The wall clock at an instant."""
    return dt.datetime.fromtimestamp(at, zone)


def is_told_apart(at: int, zone: ZoneInfo) -> bool:
    """Whether this wall time comes only once: what is uploaded late from a repeated hour means two instants."""
    shown = wall(at, zone)
    return shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset()


def local_text(serial: str, at: int) -> str:
    """What a terminal's clock shows at an instant."""
    return texts_of(BY_SERIAL[serial].local_second(at))[0]
