"""Cards (rfkey) and door codes (privatekey) of a station: the weekday windows in which they open.

The document has no call for schedules of their own: these windows, and `ScheduleRelay` of users, are what there is of
schedules. Source: the document, "Api privatekey", "Api rfkey"; errata A3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from wire.akuvox.codes import MAX_FREQUENCY, TAGS, code_word
from wire.akuvox.envelope import whole_number
from wire.akuvox.errors import CallInvalid, RowUnreadable

Json = dict[str, Any]

DAYS: Final = ("Mon", "Tue", "Wed", "Thur", "Fri", "Sat", "Sun")  # the document's spelling
_MIDNIGHT: Final = "00:00"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """code: keyed hash; doors: 1 is door A (none for DoorNum 0); days: of DAYS, on which it opens; start, end: wall
    time of the station, `HH:MM`, both 00:00 is the whole day; tag: `allowed`, `frequency`, `forbidden`, `schedule` or
    empty (rfkey alone); frequency: how often it may still open, None where that is not said."""

    id: str
    name: str
    code: str
    doors: tuple[int, ...]
    days: tuple[str, ...]
    start: str
    end: str
    tag: str
    frequency: int | None

    @property
    def whole_day(self) -> bool:
        return self.start == self.end == _MIDNIGHT


def parse_key(row: object) -> KeyRow:
    """A row as `redaction.hash_key` left it. Raises RowUnreadable without ID."""
    if not isinstance(row, dict):
        raise RowUnreadable("the key is no JSON object")
    number = whole_number(row.get("ID"))
    if number is None:
        raise RowUnreadable("the key has no ID that is a number")
    return KeyRow(
        id=str(number),
        name=str(row.get("Name") or ""),
        code=str(row.get("Code") or ""),
        doors=tuple(sorted({int(digit) for digit in str(row.get("DoorNum") or "") if digit in "123"})),
        days=tuple(day for day in DAYS if str(row.get(day)) == "1"),
        start=str(row.get("TimeStart") or _MIDNIGHT),
        end=str(row.get("TimeEnd") or _MIDNIGHT),
        tag=code_word(TAGS, row.get("Tags")),
        frequency=whole_number(row.get("Frequency")),
    )


def build_key(
    *,
    name: str,
    code: str,
    doors: Iterable[int] = (1,),
    days: Iterable[str] = DAYS,
    start: str = _MIDNIGHT,
    end: str = _MIDNIGHT,
    id: str = "0",
    tag: str = "",
    frequency: int = 0,
) -> dict[str, str]:
    """An item for rfkey or privatekey add and set; `tag` (a word of TAGS) only for rfkey. id "0": the station chooses.

    Raises CallInvalid, which never shows the code.
    """
    wanted, numbers = set(days), sorted(set(doors))
    if not code or not name:
        raise CallInvalid("a key needs a code and a name")
    if not wanted <= set(DAYS):
        raise CallInvalid(f"days are of {', '.join(DAYS)}")
    if not numbers or not set(numbers) <= {1, 2, 3}:
        raise CallInvalid("doors are of 1 (A), 2 (B), 3 (C), at least one")
    if not _CLOCK.fullmatch(start) or not _CLOCK.fullmatch(end):
        raise CallInvalid("start and end are HH:MM")
    item = {"ID": id, "Name": name, "Code": code, "DoorNum": "".join(map(str, numbers))}
    item |= {day: "1" if day in wanted else "0" for day in DAYS} | {"TimeStart": start, "TimeEnd": end}
    if tag:
        number = next((number for number, word in TAGS.items() if word == tag), None)
        if number is None or not 0 <= frequency <= MAX_FREQUENCY:
            raise CallInvalid(f"tag is of {', '.join(TAGS.values())}; frequency is 0 to {MAX_FREQUENCY}")
        item |= {"Tags": number, "Frequency": str(frequency)}
    return item
