"""Times as one number, in the access dialect and in device files: months of 31 days since 2000 (E5, E6).

((year - 2000) * 12 * 31 + (month - 1) * 31 + day - 1) * 86400 + seconds of the day, so that no calendar is needed to
take it apart. Which zone it is in is for the user to say: clocks write their local time, `rtdata` answers in UTC.
"""

from datetime import datetime
from typing import Final

_DAY_S: Final = 86400
_EPOCH_YEAR: Final = 2000


def encode_zk_seconds(time: datetime) -> int:
    """The number of a wall time; its zone is not looked at. Raises ValueError for a year before 2000."""
    if time.year < _EPOCH_YEAR:
        raise ValueError(f"year {time.year}: this form begins with {_EPOCH_YEAR}")
    days = (time.year - _EPOCH_YEAR) * 12 * 31 + (time.month - 1) * 31 + time.day - 1
    return days * _DAY_S + time.hour * 3600 + time.minute * 60 + time.second


def decode_zk_seconds(number: int) -> datetime | None:
    """The wall time of a number, without a zone; None for a day that is none (31 February), past 9999 or before 0."""
    if number < 0:
        return None
    days, seconds = divmod(number, _DAY_S)
    months, day = divmod(days, 31)
    years, month = divmod(months, 12)
    minutes, second = divmod(seconds, 60)
    try:
        # Only the caller knows the zone, see the module.
        return datetime(_EPOCH_YEAR + years, month + 1, day + 1, *divmod(minutes, 60), second)  # noqa: DTZ001
    except (ValueError, OverflowError):
        return None
