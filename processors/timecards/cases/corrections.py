"""A case's manual events and leave as the records of the topic `corrections`, one version after the other.

Of several events with one id the last one in the array holds, and events apply in the array's order (B14). A revoke
names the correction, or the punch whose corrections so far it takes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from processors.timecards.cases.file import CaseWrong
from processors.timecards.cases.identities import employee_of
from processors.timecards.cases.punches import Punches, state_of, text_of
from processors.timecards.cases.setting import TENANT
from processors.timecards.cases.times import instant
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.timecards_input import TimecardInput, TimecardInputKind

_APPROVED: Final = 2
_MANUAL, _LEAVE = "manual", "leave"


@dataclass(slots=True)
class Corrections:
    """_events: the last of each (kind, id) with its place in the array; _told: the newest record of each."""

    punches: Punches
    _events: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    _told: dict[str, Correction] = field(default_factory=dict)

    def take(self, index: int, event: Mapping[str, Any]) -> list[TimecardInput]:
        """What has changed by an event at this place in the array."""
        if event["t"] == "manual" and event.get("op") not in (*_OPERATIONS, "revoke"):
            raise CaseWrong(f"event {index}: nothing is known of op={event.get('op')!r}")
        self._events[event["t"], str(event.get("id", f"#{index}"))] = (index, event)
        wanted = {one.correction_id: one for one in self._wanted()}
        gone = {key: one for key, one in self._told.items() if key not in wanted}
        wanted.update({key: replace(one, status=CorrectionStatus.REVOKED) for key, one in gone.items()})
        told = []
        for key, one in wanted.items():
            known = self._told.get(key)
            if known is not None and replace(one, version=known.version) == known:
                continue
            self._told[key] = made = replace(one, version=known.version + 1 if known is not None else 1)
            told.append(
                TimecardInput(kind=TimecardInputKind.CORRECTION, tenant=TENANT, employee=made.employee, correction=made)
            )
        return told

    def _wanted(self) -> Iterator[Correction]:
        """What holds after the events so far."""
        revoked: dict[str, int] = {}
        for index, event in sorted(self._events.values(), key=lambda pair: pair[0]):
            if event.get("op") == "revoke" and _is_approved(event):
                revoked[text_of(event.get("target"))] = index
        for (kind, name), (index, event) in self._events.items():
            if kind == _LEAVE:
                yield self._leave(name, index, event)
            elif event["op"] != "revoke":
                names = (name,) if event["op"] == "add" else (name, text_of(event.get("target")))
                if all(revoked.get(one, -1) <= index for one in names):
                    yield self._manual(name, index, event)

    def _leave(self, name: str, index: int, event: Mapping[str, Any]) -> Correction:
        return Correction(
            operation=CorrectionOperation.LEAVE, work_date=str(event["date"]), minutes=int(event["minutes"]),
            **self._common(_LEAVE, name, index, event),
        )  # fmt: skip

    def _manual(self, name: str, index: int, event: Mapping[str, Any]) -> Correction:
        operation = _OPERATIONS[event["op"]]
        is_add = operation is CorrectionOperation.ADD
        target, target_at = ("", None) if is_add else self._target(text_of(event.get("target")))
        return Correction(
            operation=operation,
            target=target,
            target_at=target_at,
            zone=self.punches.setting.zone_at(event) if is_add or event.get("site") else "",
            punch_at=instant(event["ts"])[0] if event.get("ts") else None,
            state=state_of(event),
            work_code=text_of(event.get("wc")),
            site=text_of(event.get("site")),
            **self._common(_MANUAL, name, index, event),
        )

    def _target(self, name: str) -> tuple[str, int | None]:
        """The id that a punch or an addition goes by, and when it was."""
        if name in self.punches.names:
            punch_id = self.punches.names[name]
            return punch_id, self.punches.instants[punch_id]
        added = self._events.get((_MANUAL, name))
        at = instant(added[1]["ts"])[0] if added is not None and added[1].get("ts") else None
        return self._id(_MANUAL, name), at

    def _common(self, kind: str, name: str, index: int, event: Mapping[str, Any]) -> dict[str, Any]:
        approved = _is_approved(event)
        return {
            "correction_id": self._id(kind, name),
            "version": 1,
            "tenant": TENANT,
            "employee": str(event.get("employee") or employee_of(self.punches.setting.case)),
            "status": CorrectionStatus.APPROVED if approved else CorrectionStatus.PENDING,
            "decided_at": index,
            "source": "operator",
        }

    def _id(self, kind: str, name: str) -> str:
        """In the order of the case, so that two additions at one instant are."""
        ids = [str(event.get("id")) for event in self.punches.setting.case.get("events", ()) if event["t"] == kind]
        place = ids.index(name) if name in ids else len(ids)
        return f"{place:08x}{sha256(f'{kind}+{name}'.encode()).hexdigest()[:24]}"


_OPERATIONS: Final = {one.value: one for one in CorrectionOperation if one is not CorrectionOperation.LEAVE}


def _is_approved(event: Mapping[str, Any]) -> bool:
    """An addition must say so, everything else must not deny it (B14)."""
    default = None if event.get("op") == "add" else _APPROVED
    status = event.get("audit_status", default)
    return status is not None and int(status) == _APPROVED
