"""A case's punches as resolve sends them: assigned to whom their PIN is, taken away when it is somebody else's.

Of the copies of a punch the one of the greatest rank holds; when that does not count, the punch is nobody's.
Source: DESIGN 2.3, 6; spec/timecards.md 0, B1, B14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from processors.timecards.cases.identities import employee_of, entries_of, identity_key, names_of
from processors.timecards.cases.setting import TENANT, Setting
from processors.timecards.cases.times import instant
from processors.timecards.engine.zones import zone_of
from schemas.events import TimeFlag
from schemas.identity import SourceRank, content_hash, normal_pin, pack_rank
from schemas.timecards_input import AssignedPunch, TimecardInput, TimecardInputKind

_FUTURE_AFTER_MS: Final = 600_000  # B3.5
_NO_PIN: Final = "0"
_PUSHED: Final = frozenset(("push", "zk", "zkpush", "device", "adms"))


@dataclass(slots=True)
class _Known:
    """A punch so far: the copy that holds, and who has it."""

    row: Mapping[str, Any]
    rank: int
    owner: str | None = None


@dataclass(slots=True)
class Punches:
    """`names`: of every punch row of the case, by the id that it has there, the punch id it goes by."""

    setting: Setting
    names: dict[str, str] = field(init=False)
    instants: dict[str, int] = field(init=False)
    _employee: str = field(init=False)
    _identity: dict[str, str | None] = field(init=False)
    _is_known_to_all: bool = field(init=False)
    _version: int = 1
    _known: dict[str, _Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        case = self.setting.case
        rows = [event for event in case.get("events", ()) if event["t"] == "punch"]
        self.names = {one: _punch_id(number, rows[number]) for one, number in names_of(rows).items()}
        self.instants = {}
        for row in sorted(rows, key=_rank):
            self.instants[self.names[str(row["id"])]] = instant(row["ts"])[0]
        self._employee = employee_of(case)
        self._identity = entries_of(case.get("identity"))
        self._is_known_to_all = "identity" not in case

    def take(self, row: Mapping[str, Any]) -> list[TimecardInput]:
        """A row arrives."""
        name, rank = self.names[str(row["id"])], _rank(row)
        known = self._known.get(name)
        if known is not None and known.rank > rank:
            return []
        known = self._known.setdefault(name, _Known(row, rank))
        known.row, known.rank = row, rank
        return self._tell(name)

    def identify(self, event: Mapping[str, Any]) -> list[TimecardInput]:
        """Other people are behind PINs: effective for all punches, those to come too."""
        entries = entries_of(event)
        self._identity.update(entries)
        self._version += 1
        touched = [name for name, known in self._known.items() if _key(known.row) in entries]
        return [told for name in touched for told in self._tell(name)]

    def _tell(self, name: str) -> list[TimecardInput]:
        known = self._known[name]
        before, known.owner = known.owner, self._owner(known.row)
        told: list[TimecardInput] = []
        place: dict[str, Any] = {
            "tenant": TENANT, "punch_id": name, "identity_version": self._version, "rank": known.rank,
        }  # fmt: skip
        if before is not None and before != known.owner:
            told.append(TimecardInput(kind=TimecardInputKind.RETRACT, employee=before, **place))
        if known.owner is not None:
            punch = assigned(known.row, known.rank, self.setting.zone_at(known.row))
            told.append(TimecardInput(kind=TimecardInputKind.ASSIGN, employee=known.owner, punch=punch, **place))
        return told

    def _owner(self, row: Mapping[str, Any]) -> str | None:
        if not _counts(row):
            return None
        if row.get("employee"):
            return str(row["employee"])
        if row.get("pin") in (None, ""):
            return self._employee
        return self._identity.get(_key(row), self._employee if self._is_known_to_all else None)


def assigned(row: Mapping[str, Any], rank: int, zone: str) -> AssignedPunch:
    """zone: of the place. Its wall clock is that of the place, however the case writes the time."""
    at_ms, offset_s = instant(row["ts"])
    if offset_s == 0 or row.get("site"):
        offset_s = zone_of(zone).offset(at_ms // 1000)
    received_ms = instant(row["received"])[0] if row.get("received") else at_ms
    flags = [TimeFlag(str(flag)) for flag in row.get("flags") or ()]
    if at_ms > received_ms + _FUTURE_AFTER_MS:
        flags.append(TimeFlag.FUTURE_PUNCH)
    return AssignedPunch(
        rank=rank,
        device=serial_of(row),
        pin=normal_pin(str(row.get("pin") or "")) or _NO_PIN,
        site=text_of(row.get("site")),
        punch_at=at_ms,
        utc_offset_s=offset_s,
        zone=zone,
        time_flags=list(dict.fromkeys(flags)),
        state=state_of(row),
        verify=None,
        unverified=False,
        work_code=text_of(row.get("wc")),
        job_codes=[text_of(code) for code in row.get("job_codes") or row.get("jobs") or ()],
        tip_codes=[text_of(tip) for tip in row.get("tips") or ()],
        source="push" if _is_pushed(row) else "poll",
        received_at=received_ms,
    )


def serial_of(row: Mapping[str, Any]) -> str:
    return text_of(row.get("sn")).strip().upper()


def state_of(row: Mapping[str, Any]) -> int | None:
    """A number, or its text; None when there is none, as with what normalize reads."""
    text = text_of(row.get("state")).strip()
    try:
        return int(text)
    except ValueError:
        return None


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def marks_of(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, str]]:
    """(serial, instant, direction) of punches whose reader says what they are."""
    return [(serial_of(row), instant(row["ts"])[0], str(row["dir"]).strip().upper()) for row in rows if row.get("dir")]


def _key(row: Mapping[str, Any]) -> str:
    return identity_key(text_of(row.get("sn")), text_of(row.get("pin")))


def _is_pushed(row: Mapping[str, Any]) -> bool:
    return str(row.get("src") or "push").lower() in _PUSHED


def _rank(row: Mapping[str, Any]) -> int:
    """A push before a poll, then any fixed order."""
    content = repr(sorted((key, str(value)) for key, value in row.items() if key != "id"))
    source = SourceRank.PUSH if _is_pushed(row) else SourceRank.POLL
    return pack_rank(0, source, 0, 0, content_hash(content.encode()))


def _counts(row: Mapping[str, Any]) -> bool:
    """Null counts (spec section 1); a door that did not open does not."""
    attendance, status = row.get("is_attendance"), row.get("status")
    if attendance is not None and str(attendance).lower() in ("0", "false"):
        return False
    return status is None or str(status) == "0"


def _punch_id(number: int, row: Mapping[str, Any]) -> str:
    """Punches that nothing else tells apart are in the order of the case."""
    return f"{number:08x}{sha256(str(row['id']).encode()).hexdigest()[:24]}"
