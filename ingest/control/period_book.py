"""Which pay period is meant, who may say something of it, and changing it: audited first, then a compare-and-set."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ingest.audit import audit_event, write_audit
from ingest.control.caller import ALL, Caller, Role
from ingest.control.errors import ControlRefused, Forbidden, NotNow, NotThere
from ingest.control.period_life import Word, name_of, opened
from ingest.control.period_log import PERIODS, Decide, PeriodLog
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.pay_calendar import pay_group_at, pay_period_of
from schemas.payperiods import PayPeriod, period_key, period_partition_by
from schemas.registry_timecards import PayGroupPeriod, PayGroupRecord

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2200


@dataclass(frozen=True, slots=True)
class PeriodPlace:
    """The period of a pay group that contains a date. tenant: empty is the caller's own, or the default one."""

    pay_group: str
    day: date
    tenant: str = ""


class PeriodBook:
    """`producer` has `payperiods` and `audit` prepared, `registry` is started. Methods raise NotNow."""

    def __init__(
        self,
        settings: Settings,
        *,
        registry: RegistryView,
        producer: Producer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._default_tenant = settings.ingest.default_tenant
        self._registry = registry
        self._producer = producer
        self._clock = clock
        self.log = PeriodLog(
            settings.kafka,
            lambda tenant, group: producer.partition(PERIODS, period_partition_by(tenant, group)),
        )

    def let_in(self, caller: Caller, role: Role, place: PeriodPlace) -> PeriodPlace:
        """The place with its tenant. Raises Forbidden: the role, a caller of some sites, another tenant; NotThere."""
        caller.require(role, "this, on pay periods,")
        if not caller.is_of_all_sites:
            raise Forbidden(f"a pay period is of all sites, and {caller.operator.who} is not")
        tenant = place.tenant or (caller.tenant if caller.tenant != ALL else self._default_tenant)
        if caller.tenant not in (ALL, tenant):
            raise Forbidden(f"{caller.operator.who} is not of tenant {tenant}")
        if not _FIRST_YEAR <= place.day.year <= _LAST_YEAR or "+" in place.pay_group:
            raise NotThere(f"there is no pay period at {place.day} of pay group {place.pay_group[:80]!r}")
        return replace(place, tenant=tenant)

    async def of_group(self, place: PeriodPlace) -> list[PayPeriod]:
        known = await self.log.known()
        return [one for one in known if (one.tenant, one.pay_group) == (place.tenant, place.pay_group)]

    def group_at(self, place: PeriodPlace, day: date) -> PayGroupPeriod:
        return pay_group_at(self._group(place), place.tenant, day)

    def known_one(self, known: Sequence[PayPeriod], place: PeriodPlace) -> PayPeriod:
        """Raises NotThere."""
        if (period := _at(known, place.day)) is not None:
            return period
        first, last = pay_period_of(self._group(place), place.tenant, place.day)
        raise NotThere(
            f"nobody has said anything yet of period {first} to {last} of pay group {place.pay_group} "
            f"({place.tenant}): it is open"
        )

    def one(self, known: Sequence[PayPeriod], place: PeriodPlace, word: Word) -> PayPeriod:
        """By the pay calendar, when nobody said anything of it yet. Raises ControlRefused when that overlaps one."""
        if (period := _at(known, place.day)) is not None:
            return period
        first, last = pay_period_of(self._group(place), place.tenant, place.day)
        for one in known:
            if one.first <= last.isoformat() and first.isoformat() <= one.last:
                raise ControlRefused(
                    f"by the registry {place.day} lies in {first} to {last} now, which overlaps {name_of(one)}: "
                    "change a pay group's cycle from a date after its known periods on"
                )
        needs_approval = self.group_at(place, first).needs_approval
        return opened(place.tenant, place.pay_group, (first, last), needs_approval, word)

    async def change(
        self, caller: Caller, action: str, place: PeriodPlace, decide: Decide, details: Mapping[str, str], reason: str
    ) -> PayPeriod:
        """What `decide` makes of the group's periods; tried first on what is known, so that what it refuses fences
        nobody and stands in no audit log. What holds already is not written again."""

        def numbered(known: list[PayPeriod]) -> PayPeriod:
            wanted = decide(known)
            return wanted if _at(known, date.fromisoformat(wanted.first)) else replace(wanted, version=1)

        known = await self.of_group(place)
        wanted = numbered(known)
        if wanted in known:
            return wanted
        await self.audit(caller, action, replace(place, day=date.fromisoformat(wanted.first)), details, reason)
        changed, _ = await self.log.change(place.tenant, place.pay_group, numbered)
        return changed

    async def audit(
        self, caller: Caller, action: str, place: PeriodPlace, details: Mapping[str, str], reason: str
    ) -> None:
        target = period_key(place.tenant, place.pay_group, place.day.isoformat()).decode()
        event = audit_event(
            caller.operator, action, target, at=self.now(), tenant=place.tenant, reason=reason, details=details
        )
        try:
            await write_audit(self._producer, [event])
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"the audit log does not take this, so nothing was changed: {error!r}") from error

    def word(self, caller: Caller, reason: str) -> Word:
        return Word(caller.operator.who, self.now(), reason)

    def now(self) -> int:
        return int(self._clock() * 1000)

    def _group(self, place: PeriodPlace) -> PayGroupRecord | None:
        records = self._registry.records()
        return next((one for one in records if isinstance(one, PayGroupRecord) and one.id == place.pay_group), None)


def _at(known: Sequence[PayPeriod], day: date) -> PayPeriod | None:
    return next((period for period in known if period.first <= day.isoformat() <= period.last), None)
