"""What holds before anything happens in a case: its policy, home, sites, readers, people and planned shifts, as the
registry and the employees' records say it in production."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from processors.timecards.cases.file import CaseFile
from processors.timecards.cases.identities import people_of
from processors.timecards.stream.card_registry import CardRegistry
from schemas.employees import Employee, Employment
from schemas.policies import Policy, load_policy
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord
from schemas.timecards_input import PlannedShift, RegistryChange, Roster, TimecardInput, TimecardInputKind

TENANT: Final = "case"
PAY_GROUP: Final = "case"
_REGISTRY_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Setting:
    file: CaseFile
    case: Mapping[str, Any]

    def policy(self) -> Policy:
        """Raises PolicyError."""
        return load_policy(self._settings(), self.file.state_maps)

    def registry(self, directions: Iterable[tuple[str, int, str]]) -> CardRegistry:
        """directions: of single punches, (serial, epoch ms, direction), as if their readers had been turned then."""
        records: list[Record] = [PolicyRecord("case", (PolicyPeriod(settings=self._settings()),))]
        records += [SiteRecord(name, (SitePeriod(zone=zone),)) for name, zone in self._zones().items()]
        turned: dict[str, dict[int, str]] = {}
        for serial, at, direction in directions:
            turned.setdefault(serial, {})[at] = direction
        for serial, by_instant in turned.items():
            periods = [
                DevicePeriod(at, at + 1, direction=direction)  # type: ignore[arg-type]  # a case may name any direction
                for at, direction in sorted(by_instant.items())
            ]
            records.append(DeviceRecord(serial, tuple(periods)))
        return CardRegistry.of([(record, _REGISTRY_VERSION) for record in records], _REGISTRY_VERSION)

    def opening(self) -> list[TimecardInput]:
        """The inputs that tell of all this."""
        change = RegistryChange(kind="policy", id="case", version=_REGISTRY_VERSION)
        told = [TimecardInput(kind=TimecardInputKind.REGISTRY, registry=change)]
        for who in people_of(self.case):
            record = Employee(
                tenant=TENANT, employee=who, rank=1, source="operator",
                employment=[Employment(site=self._home(), pay_group=PAY_GROUP)],
            )  # fmt: skip
            told.append(TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant=TENANT, employee=who, record=record))
        return told

    def roster(self, employee: str) -> list[TimecardInput]:
        dates: dict[str, list[PlannedShift] | None] = {}
        for plan in self.case.get("schedule") or ():
            shifts = dates.setdefault(str(plan["date"]), [])
            assert shifts is not None
            shifts.append(
                PlannedShift(start=_padded(plan["start"]), end=_padded(plan["end"]), rest=int(plan.get("break") or 0))
            )
        if not dates:
            return []
        roster = Roster(version=1, dates=dates)
        return [TimecardInput(kind=TimecardInputKind.ROSTER, tenant=TENANT, employee=employee, roster=roster)]

    def watermarks(self, event_time_ms: int) -> list[TimecardInput]:
        """All sites have told everything up to then."""
        return [
            TimecardInput(
                kind=TimecardInputKind.WATERMARK, site=site, resolver_partitions=[0], watermark=event_time_ms,
                registry_version=_REGISTRY_VERSION,
            )
            for site in sorted({"", *self._zones()})
        ]  # fmt: skip

    def zone_at(self, event: Mapping[str, Any]) -> str:
        """Of the place that an event names; home when it names none, or one that the case does not know."""
        return str(self._sites().get(str(event.get("site")), self.case["zone"]))

    def _settings(self) -> dict[str, Any]:
        settings = {**self.file.default_policy, **(self.case.get("policy") or {})}
        named = settings.get("state_map")
        if isinstance(named, str) and named in self.file.state_maps:
            settings["state_map"] = dict(self.file.state_maps[named])
        return settings

    def _sites(self) -> dict[str, Any]:
        return dict(self.case.get("sites") or {})

    def _zones(self) -> dict[str, str]:
        named = {str(event["site"]): self.zone_at(event) for event in self.case.get("events", ()) if event.get("site")}
        return {**named, **self._sites(), self._home(): str(self.case["zone"])}

    def _home(self) -> str:
        """A name that no site of the case has."""
        home = "home"
        while home in self._sites() or any(event.get("site") == home for event in self.case.get("events", ())):
            home += "_"
        return home


def _padded(text: str) -> str:
    """`8:00` and `08:00:00` are `08:00`."""
    hours, minutes = str(text).split(":")[:2]
    return f"{int(hours):02}:{minutes}"
