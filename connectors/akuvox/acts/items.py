"""Entries of a station's lists: from arguments to the document's fields, and whether a row has what is wanted. Pure.

Source: the document, chapters user, rfkey, privatekey, contact, group, dialreplace; spec/connectors.md A5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectors.execution import Finding, Refused
from connectors.source import Json
from wire.akuvox.codes import TAGS
from wire.akuvox.errors import CallInvalid
from wire.akuvox.keys import DAYS, build_key

Item = dict[str, str]

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "user": {
        "user_id": "UserID", "name": "Name", "card": "CardCode", "pin": "PrivatePIN",
        "schedule_relay": "ScheduleRelay", "lift_floors": "LiftFloorNum", "web_relay": "WebRelay",
    },
    "contact": {"name": "Name", "phone": "Phone", "dial_type": "DialType", "group": "Group"},
    "group": {"name": "Name"},
    "dialreplace": {"prefix": "Prefix", "line": "Line", **{f"replace{n}": f"Replace{n}" for n in range(1, 6)}},
}  # fmt: skip
# By which fields a new entry is found again.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("UserID",), "privatekey": ("Code",), "rfkey": ("Code",), "contact": ("Name", "Phone"), "group": ("Name",),
    "dialreplace": ("Prefix",),
}  # fmt: skip
# What a whole user is sent with; what else its row has is not the writer's.
_USER: Final = frozenset({
    "ID", "UserID", "Name", "CardCode", "PrivatePIN", "FaceUrl", "LiftFloorNum", "ScheduleRelay", "Type", "WebRelay",
})  # fmt: skip
_SCHEDULES: Final = ("Schedule-Relay", "Schedule")


def new_item(target: str, arguments: Json) -> Item:
    """Raises Refused, which never shows a code."""
    if target not in ("privatekey", "rfkey"):
        return {FIELDS[target][name]: str(value) for name, value in arguments.items()}
    try:
        return build_key(
            name=arguments["name"],
            code=arguments["code"],
            doors=_doors(arguments.get("doors", ["1"])),
            days=arguments.get("days", DAYS),
            start=arguments.get("start", "00:00"),
            end=arguments.get("end", "00:00"),
            tag=arguments.get("tag", ""),
            frequency=arguments.get("frequency", 0),
        )
    except CallInvalid as error:
        raise Refused(str(error)) from None


def changes_of(target: str, arguments: Json) -> Item:
    """Without what names the entry. Raises Refused when nothing is left."""
    given = {name: value for name, value in arguments.items() if name not in ("id", "user_id")}
    if target not in ("privatekey", "rfkey"):
        changes = {FIELDS[target][name]: str(value) for name, value in given.items()}
    else:
        plain = {"name": "Name", "code": "Code", "start": "TimeStart", "end": "TimeEnd", "frequency": "Frequency"}
        changes = {field: str(given[name]) for name, field in plain.items() if name in given}
        if "doors" in given:
            changes["DoorNum"] = "".join(str(door) for door in sorted(set(_doors(given["doors"]))))
        if "days" in given:
            if not set(given["days"]) <= set(DAYS):
                raise Refused(f"days are of {', '.join(DAYS)}")
            changes |= {day: "1" if day in given["days"] else "0" for day in DAYS}
        if "tag" in given:
            changes["Tags"] = next(code for code, word in TAGS.items() if word == given["tag"])
    if not changes:
        raise Refused("nothing to change is named")
    return changes


def whole(target: str, row: Json, changes: Item) -> Item:
    """A set replaces the entry, so it is sent with what the row has already; masked secrets stay out."""
    shown = row_of(row)
    kept = {name: value for name, value in shown.items() if not _is_masked(value)}
    if target == "user":
        kept = {name: value for name, value in kept.items() if name in _USER}
    return {**kept, **changes}


def row_of(row: Json) -> Item:
    """As text, and the schedule under the document's name."""
    texts = {name: str(value).strip() for name, value in row.items() if value is not None and not name.startswith("@")}
    for name in _SCHEDULES:
        if name in texts:
            texts.setdefault("ScheduleRelay", texts.pop(name))
    return texts


def found_added(target: str, rows: Iterable[Json], item: Item) -> Finding:
    """An entry with the same key that is otherwise different may be ours, changed since, or somebody else's."""
    keys = KEYS[target]
    finding = Finding.NOT_DONE
    for row in map(row_of, rows):
        if all(row.get(name) == item.get(name, "") for name in keys):
            if compare(row, {name: value for name, value in item.items() if name != "ID"}) is not Finding.NOT_DONE:
                return Finding.DONE
            finding = Finding.CANNOT_TELL
        elif row.get("Name") == item.get("Name") and any(_is_masked(row.get(name, "*")) for name in keys):
            finding = Finding.CANNOT_TELL  # what it is known by is not shown
    return finding


def compare(row: Mapping[str, Any], wanted: Item) -> Finding:
    """wanted: what was asked for; `row` as row_of gives it."""
    shown = {name: value for name, value in wanted.items() if name in row and not _is_masked(row[name])}
    if any(row[name] != value for name, value in shown.items()):
        return Finding.NOT_DONE
    return Finding.DONE if len(shown) == len(wanted) else Finding.CANNOT_TELL


def _is_masked(value: str) -> bool:
    return bool(value) and not value.strip("*")


def _doors(texts: Iterable[str]) -> list[int]:
    doors = list(texts)
    if not doors or not all(door in ("1", "2", "3") for door in doors):
        raise Refused("doors are of 1 (A), 2 (B), 3 (C), at least one")
    return [int(door) for door in doors]
