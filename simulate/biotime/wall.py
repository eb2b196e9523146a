"""Wall time: what a clock on the wall shows, without a zone.

Kept as whole seconds ("wall seconds"): the shown time as if it were UTC, counted from 1970. BioTime shows it as
`YYYY-MM-DD HH:MM:SS`, both ways.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
LAST = 2**32 - 1
"""The store keeps 32 bits: up to the year 2106."""


def text(wall: int) -> str:
    """`YYYY-MM-DD HH:MM:SS`."""
    day, second = divmod(wall, DAY)
    return f"{day_text(day)} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@lru_cache(4096)
def day_text(day: int) -> str:
    """`YYYY-MM-DD` of a number of days since 1970."""
    return date.fromordinal(719_163 + day).isoformat()


def parse(shown: str) -> int:
    """The wall seconds of an ISO time, with a blank or a T, or of a date. Raises ValueError on anything else."""
    wall = _wall(shown)
    if not 0 <= wall <= LAST:
        raise ValueError(f"{shown!r} is not within 1970 to 2106")
    return wall


def parse_bound(shown: str) -> int:
    """As `parse`, to compare rows with: a time beyond what rows can have is the nearest one that they can."""
    return min(max(0, _wall(shown)), LAST)


def _wall(shown: str) -> int:
    moment = datetime.fromisoformat(shown)
    if moment.tzinfo is not None:
        raise ValueError(f"{shown!r} has a zone; wall time has none")
    return int(moment.replace(tzinfo=UTC).timestamp())


def wall_of(instant: float, zone: ZoneInfo) -> int:
    """What a clock in the zone shows at an instant (seconds since 1970 UTC)."""
    return int(datetime.fromtimestamp(instant, zone).replace(tzinfo=UTC).timestamp())
