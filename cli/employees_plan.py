"""What a file of people would change: entries against what is known and against the registry. Pure.

A connector's record stays the connector's when only `employment` changes (connectors carry it over); any other fact
that an operator changes makes the record the operator's, and connectors leave it alone from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cli.employees_file import PersonEntry, PinEntry
from cli.registry_rows import Problem
from ingest.control.employees import KnownPeople, PersonChange
from schemas.employees import Employee, Employment, Identity, identity_key
from schemas.registry import Record
from schemas.registry_timecards import PolicyRecord

_EMPLOYMENT: Final = "employment"


@dataclass(frozen=True, slots=True)
class Names:
    """What the registry has, by kind; groups: those that a policy names, and departments."""

    ids: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Names:
        ids = set()
        for record in records:
            ids.add((record.kind, record.id))
            if isinstance(record, PolicyRecord):
                ids |= {("group", name) for period in record.periods for name in period.groups}
            elif record.kind == "department":
                ids.add(("group", record.id))
        return cls(frozenset(ids))

    def missing(self, kind: str, name: str) -> bool:
        return bool(name) and (kind, name) not in self.ids


def plan_people(
    entries: Sequence[PersonEntry], known: KnownPeople, names: Names, tenant: str, now_ms: int
) -> tuple[list[PersonChange], list[Problem]]:
    """One change for each entry, also where nothing differs; `rank` is the time, and above what is there."""
    problems = [problem for entry in entries for problem in _unknown_names(entry, names)]
    changes = [_change(entry, known, tenant, now_ms) for entry in entries]
    problems += _rivals(entries, changes, known)
    problems.sort(key=lambda problem: problem.line)
    return changes, problems


def _change(entry: PersonEntry, known: KnownPeople, tenant: str, now_ms: int) -> PersonChange:
    previous = known.employees.get(entry.code)
    said: dict[str, Any] = dict(entry.facts)
    if entry.employment is not None:
        said[_EMPLOYMENT] = list(entry.employment)
    base = previous or Employee(tenant=tenant, employee=entry.code, rank=now_ms, source="operator")
    wanted = replace(base, **said)
    employee = None
    if previous is None or wanted != previous:
        differs = {name for name, value in said.items() if value != getattr(base, name)}
        source = base.source if differs <= {_EMPLOYMENT} else "operator"
        employee = replace(wanted, rank=max(now_ms, base.rank + 1) if previous else now_ms, source=source)
    found = (_identity(pin, entry.code, known, tenant, now_ms) for pin in entry.pins)
    identities = tuple(one for one in found if one is not None)
    taken_from = tuple(_other_owner(one, known) for one in identities)
    return PersonChange(entry.code, employee, previous, identities, taken_from)


def _identity(pin: PinEntry, code: str, known: KnownPeople, tenant: str, now_ms: int) -> Identity | None:
    """None where it is said already, by whomever."""
    new = Identity(
        tenant=tenant, scope=pin.scope, pin=pin.pin, valid_from=pin.valid_from, valid_to=pin.valid_to, employee=code,
        rank=now_ms, source="operator",
    )  # fmt: skip
    previous = known.identities.get(identity_key(new))
    if previous is None:
        return new
    if (previous.employee, previous.valid_to) == (code, pin.valid_to):
        return None
    return replace(new, rank=max(now_ms, previous.rank + 1), verify_mode=previous.verify_mode,
                   privilege=previous.privilege, enrolled_at=previous.enrolled_at)  # fmt: skip


def _other_owner(one: Identity, known: KnownPeople) -> str:
    previous = known.identities.get(identity_key(one))
    return previous.employee or "" if previous is not None and previous.employee != one.employee else ""


def _unknown_names(entry: PersonEntry, names: Names) -> Iterator[Problem]:
    def wrong(kind: str, name: str, line: int) -> Iterator[Problem]:
        if names.missing(kind, name):
            why = "no policy names it, and no department" if kind == "group" else "the registry has none"
            yield Problem(entry.file, line, f"employee {entry.code}: unknown {kind} {name[:80]!r}: {why}")

    yield from wrong("site", entry.facts.get("site", ""), entry.line)
    for area in entry.facts.get("areas", ()):
        yield from wrong("area", area, entry.line)
    for period in entry.employment or ():
        yield from wrong("site", period.site, entry.line)
        yield from wrong("group", period.policy_group, entry.line)
        yield from wrong("paygroup", period.pay_group, entry.line)
        yield from wrong("schedule", period.schedule, entry.line)
    for pin in entry.pins:
        kind, _, name = pin.scope.partition(":")
        if not name.lower().startswith("biotime:"):
            yield from wrong(kind, name, pin.line)


def _rivals(entries: Sequence[PersonEntry], changes: Sequence[PersonChange], known: KnownPeople) -> Iterator[Problem]:
    """Two people with one PIN at one place at the same time; what the files do not name is left as it is."""
    after = {**known.identities, **{identity_key(one): one for change in changes for one in change.identities}}
    by_place: dict[tuple[str, str], list[Identity]] = {}
    for one in after.values():
        by_place.setdefault((one.scope, one.pin), []).append(one)
    for entry in entries:
        for pin in entry.pins:
            for other in by_place.get((pin.scope, pin.pin), ()):
                if other.employee != entry.code and _overlap(pin, other):
                    yield Problem(
                        entry.file, pin.line,
                        f"PIN {pin.pin} of {pin.scope} is also employee {other.employee}'s at the same time: "
                        "end one with valid_to",
                    )  # fmt: skip


def _overlap(pin: PinEntry, other: Identity) -> bool:
    def before(end: int | None, start: int | None) -> bool:
        return end is not None and start is not None and end <= start

    empty = any(one.valid_from is not None and one.valid_from == one.valid_to for one in (pin, other))
    return not (empty or before(pin.valid_to, other.valid_from) or before(other.valid_to, pin.valid_from))


def employment_text(period: Employment) -> str:
    words = [
        f"{name.replace('_', ' ')} {getattr(period, name)}"
        for name in ("site", "policy_group", "pay_group", "schedule", "employer", "payroll_number")
        if getattr(period, name)
    ]
    bounds = [f"{word} {day}" for word, day in (("from", period.valid_from), ("until", period.valid_to)) if day]
    return ", ".join([*words, *bounds]) or "as said elsewhere"
