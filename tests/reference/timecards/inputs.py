"""From the events of a case to what is derived from: effective punches in order, plans, leave (B1, B4, section 0)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from tests.reference.timecards.wall_clock import span_on

Case = dict[str, Any]
Event = dict[str, Any]
Policy = dict[str, Any]

APPROVED = 2
FUTURE_AFTER_S = 600


@dataclass(frozen=True)
class Punch:
    """One effective punch: `at` exact seconds UTC, `offset` its wall clock's seconds ahead, `zone` its site's."""

    name: str
    at: int
    offset: int
    zone: str
    serial: str
    pin: str
    direction: str
    unmapped: bool
    work_code: str | None
    manual: bool
    received: int | None = None

    @property
    def local_second(self) -> str:
        return datetime.fromtimestamp(self.at + self.offset, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True)
class Plan:
    """One planned shift: its date, its instants, the unpaid planned minutes."""

    day: date
    start: int
    end: int
    duty_min: int


def seconds(text: str) -> int:
    """An ISO 8601 time with offset as seconds since 1970 UTC."""
    return int(datetime.fromisoformat(text).timestamp())


def effective_punches(case: Case, events: Sequence[Event], policy: Policy, maps: dict[str, Any]) -> list[Punch]:
    """B4 "select effective punches", then sort by (instant, serial, PIN, local second; manual ones last)."""
    found, names = _device_punches(case, events, policy, maps)
    corrected = _corrected(found, names, case, events, policy, maps)
    return sorted(corrected, key=lambda p: (p.at, p.manual, p.serial, p.pin, p.local_second, p.name))


def _device_punches(
    case: Case, events: Sequence[Event], policy: Policy, maps: dict[str, Any]
) -> tuple[list[Punch], dict[str, str]]:
    """The employee's punches, and for every event id the name of its punch (a copy under another id is that punch)."""
    identity: dict[str, str] = dict(case.get("identity") or {})
    for event in events:
        if event["t"] == "identity":  # replaces the entries it names, effective for all punches
            identity.update(next(value for value in event.values() if isinstance(value, dict)))
    by_id: dict[tuple[str, str, str], Punch] = {}
    names: dict[str, str] = {}
    for event in events:
        if event["t"] != "punch":
            continue
        if event.get("is_attendance") in (0, False, "0"):  # B1; null counts as yes
            continue
        if int(event.get("status") or 0) != 0:  # B1: a failed door opening
            continue
        if not _is_ours(case, identity, event):
            continue
        punch = _punch(event["id"], event, case, policy, maps, manual=False)
        # DESIGN 2.3 and B4: the same serial, PIN and local second is the same punch, silently.
        same = by_id.setdefault((punch.serial, punch.pin, punch.local_second), punch)
        names[event["id"]] = same.name
    return list(by_id.values()), names


def _is_ours(case: Case, identity: dict[str, str], event: Event) -> bool:
    pin = event.get("pin")
    if pin is None:  # B14: a punch without pin belongs to the case's employee
        return True
    owner = identity.get(f"{event.get('sn', '')}:{pin}")
    if owner is None:  # nobody is behind this PIN (yet), unless the case knows no identities at all
        return not case.get("identity")
    return bool(owner == case.get("employee", "E1"))


def _punch(name: str, event: Event, case: Case, policy: Policy, maps: dict[str, Any], *, manual: bool) -> Punch:
    moment = datetime.fromisoformat(event["ts"])
    offset = moment.utcoffset()
    assert offset is not None, f"{name}: ts without offset"
    direction, unmapped = _direction(event.get("state"), policy, maps)
    code = event.get("wc")
    return Punch(
        name=name,
        at=int(moment.timestamp()),
        offset=int(offset.total_seconds()),
        zone=str((case.get("sites") or {}).get(event.get("site"), case["zone"])),
        serial=str(event.get("sn") or "").upper(),
        pin=str(event.get("pin") or "").strip().lstrip("0"),
        direction=direction,
        unmapped=unmapped,
        work_code=None if code in (None, "") else str(code),
        manual=manual,
        received=None if manual or "received" not in event else seconds(event["received"]),
    )


def _direction(state: object, policy: Policy, maps: dict[str, Any]) -> tuple[str, bool]:
    """B5: direction alternate: every punch is UNKNOWN; state: mapped, unmapped codes are UNKNOWN + UNMAPPED_STATE."""
    if policy["direction"] == "alternate" or state is None:
        return "UNKNOWN", False
    named = policy["state_map"]
    mapping = maps[named] if isinstance(named, str) else named
    if str(state) not in mapping:
        return "UNKNOWN", True
    return str(mapping[str(state)]), False


def _corrected(
    punches: list[Punch],
    names: dict[str, str],
    case: Case,
    events: Sequence[Event],
    policy: Policy,
    maps: dict[str, Any],
) -> list[Punch]:
    """B1 and section 0: approved corrections in their order; of several events with one id the last one holds."""
    last: dict[str, Event] = {}
    for event in events:
        if event["t"] == "manual":
            last.pop(event["id"], None)  # its place is that of its last event
            last[event["id"]] = event
    approved = [event for event in last.values() if _is_approved(event)]
    revoked = {event["target"] for event in approved if event["op"] == "revoke"}
    current = {punch.name: punch for punch in punches}
    for event in approved:
        if event["id"] in revoked:
            continue
        target = str(event.get("target", ""))
        target = names.get(target, target)
        if event["op"] == "add":
            current[event["id"]] = _punch(event["id"], event, case, policy, maps, manual=True)
        elif event["op"] == "void":
            current.pop(target, None)
        elif event["op"] == "edit" and target in current:
            current[target] = _edited(current[target], event, policy, maps)
    return list(current.values())


def _is_approved(event: Event) -> bool:
    if event["op"] == "add":
        return bool(event.get("audit_status") == APPROVED)
    return bool(event.get("audit_status", APPROVED) == APPROVED)  # B14: edit and void without audit_status are approved


def _edited(punch: Punch, event: Event, policy: Policy, maps: dict[str, Any]) -> Punch:
    """The target at its new time (and state, where one is given); B14: an edited punch counts as manual."""
    edited = replace(punch, manual=True, received=None)
    if "ts" in event:
        moment = datetime.fromisoformat(event["ts"])
        offset = moment.utcoffset()
        assert offset is not None, f"{event['id']}: ts without offset"
        edited = replace(edited, at=int(moment.timestamp()), offset=int(offset.total_seconds()))
    if "state" in event:
        direction, unmapped = _direction(event["state"], policy, maps)
        edited = replace(edited, direction=direction, unmapped=unmapped)
    return edited


def plans(case: Case) -> dict[date, list[Plan]]:
    """The planned shifts of each date in order of start: local times in the home zone, break = unpaid minutes."""
    by_day: dict[date, list[Plan]] = {}
    for entry in case.get("schedule") or []:
        day = date.fromisoformat(entry["date"])
        start, end = span_on(day, entry["start"], entry["end"], case["zone"])
        duty = (end - start) // 60 - int(entry.get("break") or 0)  # B10
        by_day.setdefault(day, []).append(Plan(day, start, end, duty))
    return {day: sorted(of_day, key=lambda plan: plan.start) for day, of_day in by_day.items()}


def leave_minutes(events: Sequence[Event]) -> dict[date, int]:
    """Approved leave minutes of each date; an event with an id seen before is the same leave, stated again."""
    by_id = {event["id"]: event for event in events if event["t"] == "leave"}
    total: dict[date, int] = {}
    for event in by_id.values():
        day = date.fromisoformat(event["date"])
        total[day] = total.get(day, 0) + int(event["minutes"])
    return total
