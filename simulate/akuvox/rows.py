"""Rows of the door log and the call log, and how a station prints them (document, "Api doorlog", "Api calllog")."""

from dataclasses import dataclass
from typing import Literal

from simulate.akuvox.quirks import Quirks

Log = Literal["door", "call"]
Method = Literal["card", "pin", "face", "public", "unknown"]
CallType = Literal["Dialed", "Received", "Missed", "Forwarded", "Unknow"]

METHODS: tuple[Method, ...] = ("card", "pin", "face", "public", "unknown")
CALL_TYPES: tuple[CallType, ...] = ("Dialed", "Received", "Missed", "Forwarded", "Unknow")

_NUMERIC = {"unknown": "0", "card": "1", "pin": "2", "public": "3", "face": "4"}
_TEXT = {"unknown": "Unknown", "card": "Card", "pin": "Private PIN", "public": "Public PIN", "face": "Face"}
_SHORT = {"unknown": "Unknown", "card": "Card", "pin": "PIN", "public": "PIN", "face": "Face"}


@dataclass(slots=True)
class LogRow:
    """One row of a log. number: unique per station and log, never reused; id: as printed, starts again with an epoch.

    date, time: the station's own clock, ISO. kind: a method or a type of call. code: what was shown or typed, or the
    number of the call. granted: None for calls. served: how often a reader got it; the times are epoch milliseconds.
    """

    log: Log
    number: int
    epoch: int
    id: int
    date: str
    time: str
    name: str
    kind: str
    granted: bool | None
    relay: int
    code: str
    user_id: str
    made_ms: int
    served: int = 0
    last_served_ms: int = 0


def printed(row: LogRow, quirks: Quirks, address: str) -> dict[str, str]:
    """The row as this station writes it in an answer."""
    return door_fields(row, quirks) if row.log == "door" else call_fields(row, quirks, address)


def door_fields(row: LogRow, quirks: Quirks) -> dict[str, str]:
    """A row of the door log."""
    words = {"numeric": _NUMERIC, "text": _TEXT, "short": _SHORT}[quirks.words]
    fields = {
        "ID": str(row.id),
        "Date": date_text(row.date, quirks),
        "Time": "--" if quirks.date_form == "dashes" else row.time,
        "Name": row.name,
        "Code": row.code,
        "Type": words[row.kind],
        "Status": _status(bool(row.granted), quirks),
    }
    if not quirks.old_rows:
        fields["Relay"] = str(row.relay) if row.granted else ""
        fields["AccessMode"] = "1"
    return fields


def call_fields(row: LogRow, quirks: Quirks, address: str) -> dict[str, str]:
    """A row of the call log; its Type is a word in every form."""
    return {
        "ID": str(row.id),
        "Date": date_text(row.date, quirks),
        "Time": "--" if quirks.date_form == "dashes" else row.time,
        "Type": row.kind,
        "LocalIdentity": f"{address}@{address}",
        "Name": row.name,
        "Num": row.code,
    }


def date_text(iso: str, quirks: Quirks) -> str:
    """A date as this firmware writes it."""
    year, month, day = iso.split("-")
    forms = {
        "iso": iso,
        "slash": f"{year}/{month}/{day}",
        "day_first": f"{day}/{month}/{year}",
        "compact": f"{year}{month}{day}",
        "dashes": "--",
    }
    return forms[quirks.date_form]


def _status(granted: bool, quirks: Quirks) -> str:
    if quirks.words == "numeric":
        return "0" if granted else "1"
    good = "Success" if quirks.words == "text" else "Succ"
    return good if granted else "Failed"
