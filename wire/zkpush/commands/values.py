"""Values on the wire: typed helpers for the document's odd forms, each with its own check.

The helpers raise ValueError that names the rule; `kinds` turns it into `CommandInvalid` with the parameter's name.
"""

import re
from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv4Network

MAX_SCHEDULE = 50  # document VI 7.15: ids 1 to 50

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}", re.ASCII)
_VERIFY_MAP = re.compile(r"\d{1,3}:\d{1,3}(?:,\d{1,3}:\d{1,3})*", re.ASCII)


def clock(text: str) -> tuple[int, int]:
    """Hours and minutes of hh:mm, 00:00 to 23:59."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError("must be hh:mm, 00:00 to 23:59")
    return int(match[1]), int(match[2])


def clock_256(text: str) -> int:
    """hh:mm as hours * 256 + minutes (AutoPowerOff and its like, document VI 5)."""
    hours, minutes = clock(text)
    return hours * 256 + minutes


def _pair(text: str) -> tuple[str, str]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError("must be hh:mm-hh:mm")
    return (f"{clock(start)[0]:02d}{clock(start)[1]:02d}", f"{clock(end)[0]:02d}{clock(end)[1]:02d}")


def week_digits(periods: Sequence[str]) -> str:
    """Seven hh:mm-hh:mm, Sunday first, as the 56 digits of a time zone (document VI 7.15.1, errata Z10)."""
    if len(periods) != 7:
        raise ValueError(f"{len(periods)} days, must be seven hh:mm-hh:mm from Sunday, parted by ';'")
    return "".join("".join(_pair(period)) for period in periods)


def access_period(period: str) -> int:
    """hh:mm-hh:mm as (start << 16) + end, both as the decimal number hhmm (access dialect's timezone table)."""
    start, end = _pair(period)
    return (int(start) << 16) + int(end)


def day_times(times: Sequence[str]) -> str:
    """Seven hh:mm, Sunday first, each closed by ';'; 00:00 changes nothing that day (document VI 7.17.3)."""
    if len(times) != 7:
        raise ValueError(f"{len(times)} times, must be seven hh:mm from Sunday, parted by ';'")
    for time in times:
        clock(time)
    return "".join(f"{time};" for time in times)


def mask(active: Collection[int], length: int) -> str:
    """Numbers from 1 to `length` as digits parted by ':', 1 for active: {1, 3} of 3 is 1:0:1 (document VI 7.17.3)."""
    if any(not 1 <= number <= length for number in active):
        raise ValueError(f"numbers must be 1 to {length}")
    return ":".join("1" if number in active else "0" for number in range(1, length + 1))


def group_schedules(ids: Sequence[int]) -> str:
    """Up to three schedule ids as four hexadecimal digits each, zero where none (document VI 7.15.4)."""
    if len(ids) > 3 or any(not 0 <= number <= MAX_SCHEDULE for number in ids):
        raise ValueError(f"must be at most three schedule ids from 0 (none) to {MAX_SCHEDULE}")
    return "".join(f"{number:04X}" for number in (*ids, 0, 0, 0)[:3])


def user_schedules(ids: Sequence[int] | None) -> str:
    """A user's TZ: 0000 and own schedules, or with None the group's (document VI 7.2)."""
    if ids is None:
        return "0001" + group_schedules(())
    return "0000" + group_schedules(ids)


def ipv4(text: str) -> str:
    """A dotted address."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise ValueError("must be an IPv4 address such as 192.168.1.225") from None


def netmask(text: str) -> str:
    """A dotted mask of leading ones."""
    wrong = "must be a network mask such as 255.255.255.0"
    try:
        mask_address = IPv4Address(text)
        mask_of_network = IPv4Network(f"0.0.0.0/{mask_address}").netmask
    except ValueError:
        raise ValueError(wrong) from None
    if mask_of_network != mask_address:  # a host mask such as 0.0.0.255 is read too
        raise ValueError(wrong)
    return text


def mac(text: str) -> str:
    """%02X six times, parted by ':'; neither a group address nor all zeros."""
    if _MAC.fullmatch(text) is None or int(text[:2], 16) & 1 or text.strip("0:") == "":
        raise ValueError("must be a device's MAC address such as 00:17:61:00:00:01")
    return text.upper()


def verify_map(text: str) -> str:
    """configured:logged pairs, parted by ',' (document 2.4.2, VerifyValueMap)."""
    if _VERIFY_MAP.fullmatch(text) is None:
        raise ValueError("must be pairs configured:logged parted by ',' such as 129:1,130:3")
    return text
