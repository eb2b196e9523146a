"""The reply to rtdata?type=time: the server's time in a number (spec/zk-push.md E6).

DateTime counts seconds since 2000 in months of 31 days, GMT; ServerTZ is `+hhmm`.
"""

import datetime as dt
import re

_DATE_TIME = re.compile(rb"DateTime=(\d{1,11})")
_ZONE = re.compile(rb"ServerTZ=([+-])(\d\d):?(\d\d)")


def read_rtdata(body: bytes) -> bytes | None:
    """The time as in the reply to `type=time`; that form is also read. None when there is none."""
    found = _DATE_TIME.search(body)
    if found is None:
        return body if b"Time=" in body else None
    rest, second = divmod(int(found[1]), 60)
    rest, minute = divmod(rest, 60)
    rest, hour = divmod(rest, 24)
    rest, day = divmod(rest, 31)
    year, month = divmod(rest, 12)
    try:
        utc = dt.datetime(2000 + year, month + 1, day + 1, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
    zone = _ZONE.search(body)
    sign, hours, minutes = (zone[1].decode(), int(zone[2]), int(zone[3])) if zone else ("+", 0, 0)
    local = utc + dt.timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    return f"Time={local:%Y-%m-%dT%H:%M:%S}{sign}{hours:02d}:{minutes:02d}".encode()
