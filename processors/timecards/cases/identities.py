"""Whose a PIN is in a case, and which of its punch rows are one punch. Source: DESIGN 2.3; spec/timecards.md 0, B14."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processors.timecards.cases.times import instant
from schemas.identity import normal_pin


def entries_of(found: object) -> dict[str, str | None]:
    """The `device:pin` entries of an identity map, wherever in the event it lies; null is nobody."""
    entries: dict[str, str | None] = {}
    if isinstance(found, Sequence) and not isinstance(found, str):
        for one in found:
            entries.update(entries_of(one))
    if not isinstance(found, Mapping):
        return entries
    for key, value in found.items():
        if isinstance(value, Mapping | list):
            entries.update(entries_of(value))
        elif ":" in key:
            serial, pin = key.rsplit(":", 1)
            entries[identity_key(serial, pin)] = _somebody(value)
    if "pin" in found and "employee" in found:
        serial = str(found.get("sn") or found.get("device") or "")
        entries[identity_key(serial, str(found["pin"]))] = _somebody(found["employee"])
    return entries


def identity_key(serial: str, pin: str) -> str:
    return f"{serial.strip().upper()}:{normal_pin(pin)}"


def employee_of(case: Mapping[str, Any]) -> str:
    """Whom the case is about: named, else the first of its identities, else E1."""
    if case.get("employee") is not None:
        return str(case["employee"])
    named = list(entries_of(case.get("identity")).values())
    if "identity" in case and not any(named):
        named = [who for event in identity_events(case) for who in entries_of(event).values()]
    return next((who for who in named if who), "E1")


def people_of(case: Mapping[str, Any]) -> list[str]:
    """Everybody whom the case names."""
    people = {employee_of(case), *entries_of(case.get("identity")).values()}
    for event in identity_events(case):
        people.update(entries_of(event).values())
    people.update(str(event["employee"]) for event in case.get("events", ()) if event.get("employee"))
    return sorted(who for who in people if who)


def identity_events(case: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (event for event in case.get("events", ()) if event["t"] == "identity")


def names_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """For each id in the case the number of its punch, in the order of the case: rows with one id, and rows of one
    device, PIN and second, are copies of one punch; door rows carry ids of their own."""
    parents = list(range(len(rows)))

    def root(number: int) -> int:
        while parents[number] != number:
            number = parents[number]
        return number

    first: dict[object, int] = {}
    for number, row in enumerate(rows):
        for key in _same(row):
            least, greatest = sorted((root(first.setdefault(key, number)), root(number)))
            parents[greatest] = least
    return {str(row["id"]): root(number) for number, row in enumerate(rows)}


def is_door(row: Mapping[str, Any]) -> bool:
    return row.get("status") is not None or str(row.get("src") or "").lower().startswith("akuvox")


def _same(row: Mapping[str, Any]) -> Iterator[object]:
    yield str(row["id"])
    if row.get("sn") and not is_door(row):
        yield identity_key(str(row["sn"]), str(row.get("pin") or "")), instant(row["ts"])[0] // 1000


def _somebody(value: object) -> str | None:
    return None if value in (None, "") else str(value)
