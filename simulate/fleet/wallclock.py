"""A terminal's own clock: what it shows, and how the server sets it (document, 2.2, 2.3; spec/zk-push.md H9, H10)."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import Literal

from simulate.fleet.identity import Identity

TOLERATED_SECONDS = 10
"""The `Date` header sets the clock only when it differs by more."""

_TIME = re.compile(r"Time=(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:([+-])(\d\d):?(\d\d))?")
_INTEGER = re.compile(r"\s*([+-]?)(\d+)")


class WallClock:
    """One terminal's clock.

    A right one shows its site's time and is never set. Another starts `error` seconds wrong, in its site's zone, and
    from then on goes by what the server says. skew: seconds ahead of the site's right time.
    """

    def __init__(self, identity: Identity, form: Literal["integer", "hh:mm"], error: float | None) -> None:
        self._identity = identity
        self._form = form
        self.right = error is None
        self._error = error or 0.0  # seconds ahead of UTC plus offset
        self._offset: int | None = None  # east of UTC, once the server has said

    def local_second(self, now: float) -> int:
        """What the clock shows at this instant (seconds since 1970 UTC), as seconds since 1970 of the clock."""
        if self.right:
            return self._identity.local_second(int(now))
        if self._offset is None:
            return self._identity.local_second(int(now)) + int(self._error)
        return int(now + self._error) + self._offset

    def skew(self, now: float) -> int:
        """Seconds ahead of what the site's clocks should show."""
        return self.local_second(now) - self._identity.local_second(int(now))

    def set_zone(self, time_zone: str) -> None:
        """The TimeZone option, as this firmware reads it; a text that it cannot read changes nothing."""
        offset = read_zone(time_zone, self._form)
        if not self.right and offset is not None:
            self._offset = offset

    def set_by_date(self, head: bytes, now: float) -> bool:
        """The `Date:` of a reply of type text/plain, spelled like this (T13). Returns whether the clock was set."""
        if self.right or self._offset is None or b"text/plain" not in head:
            return False
        text = head.partition(b"\r\nDate:")[2].split(b"\r\n", 1)[0].strip().decode("latin-1")
        try:
            error = parsedate_to_datetime(text).timestamp() - now
        except ValueError:
            return False
        if abs(error - self._error) <= TOLERATED_SECONDS:
            return False
        self._error = error
        return True

    def set_by_time(self, body: bytes, now: float) -> bool:
        """The reply to `type=time`: `Time=YYYY-MM-DDThh:mm:ss+hh:mm`. Returns whether it was one."""
        found = _TIME.search(body.decode("latin-1"))
        if found is None:
            return False
        date, time, sign, hours, minutes = found.groups()
        try:
            local = dt.datetime.fromisoformat(f"{date}T{time}+00:00").timestamp()
        except ValueError:
            return False
        if not self.right:
            if sign is not None:
                self._offset = (-1 if sign == "-" else 1) * (int(hours) * 3600 + int(minutes) * 60)
            elif self._offset is None:
                self._offset = 0
            self._error = local - self._offset - int(now)
        return True


def read_zone(text: str, form: Literal["integer", "hh:mm"]) -> int | None:
    """Seconds east of UTC that a firmware reads in a TimeZone option; None when it reads nothing.

    integer: the leading integer; below 25 hours, else minutes. hh:mm: with its sign; an integer alone is hours.
    """
    found = _INTEGER.match(text)
    if found is None:
        return None
    sign = -1 if found[1] == "-" else 1
    number = int(found[2])
    if form == "integer":
        return sign * number * (3600 if number < 25 else 60) if number <= 24 * 60 else None
    rest = text[found.end() :]
    minutes = int(rest[1:3]) if re.match(r":\d\d", rest) else 0
    return sign * (number * 3600 + minutes * 60) if number <= 14 else None
