"""People and what changes of them in words, for people, and as plain data, for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cli.employees_plan import employment_text
from cli.registry_histories import time_text
from ingest.control.employees import PersonChange
from schemas.codec import encode_event
from schemas.employees import Employee, Identity

MAX_LISTED: Final = 50


def change_lines(changes: Sequence[PersonChange]) -> Iterator[str]:
    """What changes, at most `MAX_LISTED` people of it, and the sums."""
    differing = [change for change in changes if change.employee is not None or change.identities]
    for change in differing[:MAX_LISTED]:
        yield from _lines(change)
    if len(differing) > MAX_LISTED:
        yield f"... and {len(differing) - MAX_LISTED} more (--json lists all)"
    new = sum(action_of(change) == "new" for change in changes)
    pins = sum(len(change.identities) for change in changes)
    same = len(changes) - len(differing)
    yield f"{new} new, {len(differing) - new} changed, {same} as they are; {pins} PINs new or changed"


def action_of(change: PersonChange) -> str:
    if change.employee is not None and change.previous is None:
        return "new"
    return "changed" if change.employee is not None or change.identities else "same"


def change_data(changes: Sequence[PersonChange]) -> list[dict[str, Any]]:
    return [
        {
            "employee": change.code,
            "action": action_of(change),
            "fields": list(change.fields),
            "record": plain(change.employee) if change.employee else None,
            "previous": plain(change.previous) if change.previous else None,
            "pins": [plain(one) for one in change.identities],
            "taken_from": list(change.taken_from),
        }
        for change in changes
    ]


def plain(event: Employee | Identity) -> Any:
    import orjson

    return orjson.loads(encode_event(event))


def pin_text(one: Identity) -> str:
    text = f"PIN {one.pin} of {one.scope}"
    text += f", from {time_text(one.valid_from)}" if one.valid_from is not None else ""
    return text + (f", until {time_text(one.valid_to)}" if one.valid_to is not None else "")


def name_of(employee: Employee) -> str:
    return " ".join(filter(None, (employee.first_name, employee.last_name)))


def _lines(change: PersonChange) -> Iterator[str]:
    new, old = change.employee, change.previous
    taken = new is not None and old is not None and (old.source, new.source) == ("connector", "operator")
    note = " (was kept by a connector, from now on by an operator)" if taken else ""
    yield f"{'+' if action_of(change) == 'new' else '~'} employee {change.code}{note}"
    for name in change.fields:
        assert new is not None
        if name == "employment":
            was = old.employment if old else []
            yield from (f"    - employed: {employment_text(one)}" for one in was if one not in new.employment)
            yield from (f"    + employed: {employment_text(one)}" for one in new.employment if one not in was)
        elif name not in ("source", "source_ref"):
            before = f"{_word(getattr(old, name))} -> " if old else ""
            yield f"    {name}: {before}{_word(getattr(new, name))}"
    for number, one in enumerate(change.identities):
        other = change.taken_from[number] if change.taken_from else ""
        yield f"    {pin_text(one)}" + (f"; it was employee {other}'s, and its punches move" if other else "")


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(value) or "-"
    return "-" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)
