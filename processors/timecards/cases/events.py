"""The events of a timecard case as inputs of the engine. Format: spec/timecards.md section 0, readings B14.

Order matters only where the format says so: a later manual event with the same id replaces the earlier one, manual
events apply in the array's order, a later leave with the same id replaces the earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from processors.timecards.cases.file import CaseFile, CaseWrong
from processors.timecards.engine.inputs import Inputs, Leave, Plan, PunchInput, Terms
from processors.timecards.engine.zones import zone_of
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.identity import content_hash, normal_pin
from schemas.policies import Policy, load_policy

_FUTURE_AFTER_MS = 600_000  # B3.5
_APPROVED = 2


@dataclass(slots=True)
class CaseState:
    """What is known after the events so far. Everything is a set by id, so doing an event again changes nothing."""

    file: CaseFile
    case: Mapping[str, Any]
    punches: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    manual: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    leaves: dict[str, Leave] = field(default_factory=dict)
    identity: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.identity.update(_entries(self.case.get("identity", {})))

    @property
    def employee(self) -> str:
        named = self.case.get("employee")
        return str(named if named is not None else next((who for who in self.identity.values() if who), "E1"))

    def apply(self, index: int, event: Mapping[str, Any]) -> None:
        """index: the event's place in the array. Checks and locks change nothing here."""
        kind = event["t"]
        if kind == "punch":
            copies = self.punches.setdefault(str(event["id"]), [])
            if event not in copies:
                copies.append(event)
        elif kind == "manual":
            self.manual[str(event["id"])] = (index, event)
        elif kind == "leave":
            minutes = int(event["minutes"]) if int(event.get("audit_status", _APPROVED)) == _APPROVED else 0
            leave_id = str(event.get("id", index))
            self.leaves[leave_id] = Leave(leave_id, date.fromisoformat(event["date"]), minutes)
        elif kind == "identity":
            self.identity.update(_entries(event))
        elif kind not in ("check", "lock"):
            raise CaseWrong(f"case {self.case['id']}, event {index}: nothing is known of t={kind!r}")

    def inputs(self, policy: Policy, event_time_ms: int | None) -> Inputs:
        punches, names = self._own_punches()
        return Inputs(
            employee=self.employee,
            terms=(Terms(policy, self.case["zone"]),),
            punches=punches,
            corrections=self._corrections(names),
            plans=tuple(
                Plan(date.fromisoformat(plan["date"]), plan["start"], plan["end"], int(plan.get("break") or 0))
                for plan in self.case.get("schedule", ())
            ),
            leaves=tuple(self.leaves.values()),
            event_time_ms=event_time_ms,
        )

    def policy(self) -> Policy:
        """Raises PolicyError."""
        return load_policy({**self.file.default_policy, **self.case.get("policy", {})}, self.file.state_maps)

    def _own_punches(self) -> tuple[tuple[PunchInput, ...], dict[str, str]]:
        """The employee's punches, and for each id in the case the id that its punch goes by: rows of one device, PIN
        and second are copies of one punch (DESIGN 2.3), door rows excepted, which carry ids of their own."""
        groups: dict[object, list[tuple[str, Mapping[str, Any]]]] = {}
        for punch_id, copies in self.punches.items():
            for event in copies:
                if self._is_own(event):
                    groups.setdefault(_identity(punch_id, event), []).append((punch_id, event))
        punches: dict[str, PunchInput] = {}
        names: dict[str, str] = {}
        for rows in groups.values():
            name = min(punch_id for punch_id, _ in rows)
            names.update((punch_id, name) for punch_id, _ in rows)
            best = max((event for _, event in rows), key=_rank)
            punches[name] = self._punch(name, best)
        return tuple(punches.values()), names

    def _is_own(self, event: Mapping[str, Any]) -> bool:
        pin = event.get("pin")
        if pin is None or pin == "":
            return True
        key = _identity_key(str(event.get("sn", "")), str(pin))
        default = None if "identity" in self.case else self.employee
        return self.identity.get(key, default) == self.employee

    def _punch(self, punch_id: str, event: Mapping[str, Any]) -> PunchInput:
        at_ms, offset_s = _instant(event["ts"])
        zone = self._zone(event)
        if offset_s == 0 or event.get("site"):  # the wall clock is that of the place, however its time is written
            offset_s = zone_of(zone).offset(at_ms // 1000)
        received_ms = _instant(event["received"])[0] if event.get("received") else None
        flags = [str(flag) for flag in event.get("flags", ())]
        if received_ms is not None and at_ms > received_ms + _FUTURE_AFTER_MS:
            flags.append("FUTURE_PUNCH")
        return PunchInput(
            punch_id=punch_id,
            at_ms=at_ms,
            offset_s=offset_s,
            zone=zone,
            state=None if event.get("state") is None else int(event["state"]),
            direction=str(event.get("dir") or ""),
            serial=str(event.get("sn", "")).upper(),
            pin=normal_pin(str(event.get("pin") or "")),
            site=str(event.get("site") or ""),
            work_code=_text(event.get("wc")),
            job_codes=tuple(_text(code) for code in event.get("job_codes") or event.get("jobs") or ()),
            tips=tuple(_text(tip) for tip in event.get("tips") or ()),
            received_ms=received_ms,
            is_attendance=_counts(event),
            time_flags=tuple(dict.fromkeys(flags)),
        )

    def _zone(self, event: Mapping[str, Any]) -> str:
        return str(self.case.get("sites", {}).get(event.get("site"), self.case["zone"]))

    def _corrections(self, names: Mapping[str, str]) -> tuple[Correction, ...]:
        revoked = {
            str(one.get("target", "")): index
            for index, one in sorted(self.manual.values(), key=lambda pair: pair[0])
            if _is_approved(one, "revoke")
        }
        corrections = []
        for manual_id, (index, event) in self.manual.items():
            target = str(event.get("target", manual_id))
            # A revoke names the correction, or the punch whose corrections so far it takes back.
            names_it = (manual_id,) if event["op"] == "add" else (manual_id, target)
            if event["op"] == "revoke" or any(revoked.get(name, -1) > index for name in names_it):
                continue
            corrections.append(self._correction(manual_id, index, event, names.get(target, target)))
        return tuple(corrections)

    def _correction(self, manual_id: str, index: int, event: Mapping[str, Any], target: str) -> Correction:
        try:
            operation = CorrectionOperation(event["op"])
        except ValueError as error:
            raise CaseWrong(f"case {self.case['id']}, event {index}: nothing is known of op={event['op']!r}") from error
        is_add = operation is CorrectionOperation.ADD
        approved = _is_approved(event, operation)
        return Correction(
            correction_id=_correction_id(manual_id),
            version=1,
            tenant="case",
            employee=self.employee,
            operation=operation,
            status=CorrectionStatus.APPROVED if approved else CorrectionStatus.PENDING,
            target="" if is_add else (_correction_id(target) if target in self.manual else target),
            zone=self._zone(event) if is_add or event.get("site") else "",
            punch_at=_instant(event["ts"])[0] if event.get("ts") else None,
            state=None if event.get("state") is None else int(event["state"]),
            work_code=_text(event.get("wc")),
            site=str(event.get("site") or ""),
            decided_at=index,
            source="operator",
        )


def _instant(text: str) -> tuple[int, int]:
    """Epoch ms and offset (seconds) of an ISO 8601 time with offset."""
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    if offset is None:
        raise CaseWrong(f"time {text!r} has no offset")
    return round(moment.timestamp() * 1000), int(offset.total_seconds())


def _entries(found: Mapping[str, Any]) -> dict[str, str | None]:
    """The `device:pin` entries of an identity map, wherever in the event it lies; null is nobody."""
    entries: dict[str, str | None] = {}
    for key, value in found.items():
        if isinstance(value, Mapping):
            entries.update(_entries(value))
        elif ":" in key:
            serial, pin = key.rsplit(":", 1)
            entries[_identity_key(serial, pin)] = None if value is None else str(value)
    if "pin" in found and "employee" in found:
        who = found["employee"]
        serial = str(found.get("sn") or found.get("device") or "")
        entries[_identity_key(serial, str(found["pin"]))] = None if who is None else str(who)
    return entries


def _identity_key(serial: str, pin: str) -> str:
    return f"{serial.upper()}:{normal_pin(pin)}"


def _identity(punch_id: str, event: Mapping[str, Any]) -> object:
    if not event.get("sn") or event.get("status") is not None or str(event.get("src", "")).startswith("akuvox"):
        return punch_id
    return str(event["sn"]).upper(), normal_pin(str(event.get("pin") or "")), _instant(event["ts"])


def _rank(event: Mapping[str, Any]) -> tuple[int, int, str]:
    """A push before a poll, then any fixed order (DESIGN 2.3)."""
    text = repr(sorted((key, str(value)) for key, value in event.items() if key != "id"))
    return (2 if event.get("src", "push") == "push" else 1), content_hash(text.encode()), text


def _counts(event: Mapping[str, Any]) -> bool:
    """Null counts (spec section 1); a door that did not open does not."""
    attendance, status = event.get("is_attendance"), event.get("status")
    if attendance is not None and str(attendance).lower() in ("0", "false"):
        return False
    return status is None or str(status) == "0"


def _is_approved(event: Mapping[str, Any], operation: str) -> bool:
    if event.get("op") != operation:
        return False
    default = None if operation == "add" else _APPROVED
    status = event.get("audit_status", default)
    return status is not None and int(status) == _APPROVED


def _correction_id(manual_id: str) -> str:
    return sha256(manual_id.encode()).hexdigest()[:32]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
