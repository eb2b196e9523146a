"""Approving cards, taking approvals back, and looking at both. Source: spec/timecards.md B13, D; docs/corrections.md.

An approval names version and content of the card as it was looked at: what changes afterwards is not approved.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ingest.audit import audit_event, write_audit
from ingest.control.approval_rules import refusal
from ingest.control.caller import Caller
from ingest.control.correction_requests import MAX_AT_ONCE, EmployeeCode, Tenant
from ingest.control.employee_list import EmployeeList
from ingest.control.errors import NotNow, RequestInvalid
from ingest.control.models import Model
from ingest.control.records import Records
from ingest.control.requests import PageQuery, Reason
from ingest.control.wall_times import date_of
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer
from schemas.approvals import Approval, Decision
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.employees import employee_key
from schemas.timecards import CardStatus, DailyCard, card_key

APPROVALS: Final = "approvals"
CARDS: Final = "timecards.daily"
MAX_DAYS: Final = 62
_MOST_NAMED: Final = 30
# A card that may be decided on was written after its date had ended: earlier records need not be looked at.
_BEFORE: Final = timedelta(days=1)
_LISTED_DAYS: Final = 35


class CardChoice(Model):
    """One card; version and content_hash as it was looked at, null and empty: as it is now."""

    employee: EmployeeCode
    work_date: Annotated[str, Field(max_length=10, description="`YYYY-MM-DD`")]
    version: Annotated[int | None, Field(ge=1)] = None
    content_hash: Annotated[str, Field(max_length=32)] = ""


class DecideCards(Model):
    """Cards one by one, or all that employees have from one date to another, as they are now."""

    decision: Literal["approve", "reject"]
    tenant: Annotated[Tenant, Field(description="empty: the caller's, else the default one")] = ""
    cards: Annotated[tuple[CardChoice, ...], Field(max_length=MAX_AT_ONCE)] = ()
    employees: Annotated[tuple[EmployeeCode, ...], Field(max_length=MAX_AT_ONCE)] = ()
    first: Annotated[str, Field(max_length=10, description="with employees: the first date")] = ""
    last: Annotated[str, Field(max_length=10, description="with employees: the last date")] = ""
    reason: Annotated[Reason, Field(description="needed to reject")] = ""


class ApprovalsQuery(PageQuery):
    """Decisions of the last 35 days, or of those since a date."""

    tenant: Tenant = ""
    employee: Annotated[str, Field(max_length=64)] = ""
    since: Annotated[str, Field(max_length=10, description="`YYYY-MM-DD`")] = ""


class CardDecided(Model):
    """What came of it; `refusal` is empty when it was written. version: that the decision names, 0: no card."""

    employee: str
    work_date: str
    version: int
    status: CardStatus | None
    refusal: str = ""


class ApprovalDesk:
    """`producer` has `audit`, `approvals` and `timecards.daily` prepared. Methods raise Forbidden, NotThere,
    RequestInvalid, NotNow, ViewUnreadable; what is refused of one card is told in its CardDecided."""

    def __init__(
        self,
        *,
        employees: EmployeeList,
        records: Records,
        producer: Producer,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._employees = employees
        self._records = records
        self._producer = producer
        self._clock = clock
        self._new_id = new_id

    async def decide(self, caller: Caller, wanted: DecideCards) -> list[CardDecided]:
        caller.require("operate", "deciding on cards")
        if wanted.decision == "reject" and not wanted.reason.strip():
            raise RequestInvalid("to reject a card needs a reason")
        tenant = self._employees.tenant_of(caller, wanted.tenant)
        choices = _choices(wanted)
        homes = await self._employees.homes()
        for employee, text in {(one.employee, one.work_date) for one in choices}:
            self._employees.home(homes, caller, tenant, employee, date_of(text, "work_date"))
        cards = await self._cards(tenant, choices)
        decision = Decision.APPROVED if wanted.decision == "approve" else Decision.REJECTED
        own, at = self._employees.own_code(caller), int(self._clock() * 1000)
        results: list[CardDecided] = []
        approvals: list[Approval] = []
        for choice in choices:
            card = cards.get((choice.employee, choice.work_date))
            if wanted.employees and (card is None or card.status is CardStatus.VOID):
                continue  # nobody named this date: not every date has a card
            why = refusal(card, decision, own=own, version=choice.version, content_hash=choice.content_hash)
            results.append(
                CardDecided(
                    employee=choice.employee, work_date=choice.work_date, version=card.version if card else 0,
                    status=card.status if card else None, refusal=why,
                )
            )  # fmt: skip
            if card is not None and not why:
                approvals.append(
                    Approval(
                        approval_id=self._new_id(), tenant=tenant, employee=card.employee, work_date=card.work_date,
                        version=card.version, content_hash=card.content_hash, decision=decision,
                        decided_by=caller.operator.who, decided_at=at, reason=wanted.reason,
                    )
                )  # fmt: skip
        if approvals:
            await self._write(caller, f"card.{wanted.decision}", approvals, at, wanted.reason)
        return results

    async def known(self, caller: Caller, *, tenant: str = "", employee: str = "", since: str = "") -> list[Approval]:
        """Decisions, the newest first."""
        tenant = self._employees.tenant_of(caller, tenant)
        since_ms = int((self._clock() - _LISTED_DAYS * 86_400) * 1000)
        if since:
            since_ms = _start_ms(date_of(since, "since"))
        homes = await self._employees.homes()
        found: list[Approval] = []

        def look(record: Any) -> None:
            try:
                approval = decode_event(Approval, record.value or b"")
            except NotAnEvent:
                return  # whoever derives counts and logs it
            if approval.tenant != tenant or employee not in ("", approval.employee):
                return
            if self._employees.sees(homes, caller, tenant, approval.employee, date.fromisoformat(approval.work_date)):
                if len(found) == MAX_AT_ONCE:
                    raise RequestInvalid(f"these are more than {MAX_AT_ONCE} decisions: say an employee, or since when")
                found.append(approval)

        partitions: Sequence[int] = range(self._producer.partition_count(APPROVALS))
        if employee:
            partitions = [self._producer.partition(APPROVALS, employee_key(tenant, employee))]
        await self._records.visit(APPROVALS, partitions, look, since_ms=since_ms)
        return sorted(found, key=lambda one: (-one.decided_at, one.approval_id))

    async def _cards(self, tenant: str, choices: Sequence[CardChoice]) -> dict[tuple[str, str], DailyCard]:
        """As published last, of those that were published since their dates."""
        wanted = {card_key(tenant, one.employee, one.work_date): (one.employee, one.work_date) for one in choices}
        latest: dict[bytes, bytes | None] = {}

        def look(record: Any) -> None:
            if record.key in wanted:
                latest[record.key] = record.value

        partitions = {self._producer.partition(CARDS, employee_key(tenant, one.employee)) for one in choices}
        first = min(date_of(one.work_date, "work_date") for one in choices)
        await self._records.visit(CARDS, sorted(partitions), look, since_ms=_start_ms(first - _BEFORE))
        return {wanted[key]: decode_event(DailyCard, value) for key, value in latest.items() if value is not None}

    async def _write(self, caller: Caller, action: str, approvals: Sequence[Approval], at: int, reason: str) -> None:
        first = approvals[0]
        named = [f"{one.employee} {one.work_date} v{one.version}" for one in approvals[:_MOST_NAMED]]
        event = audit_event(
            caller.operator, action, named[0] if len(approvals) == 1 else f"{len(approvals)} cards", at=at,
            tenant=first.tenant, reason=reason, details={"cards": ", ".join(named), "count": str(len(approvals))},
        )  # fmt: skip
        try:
            await write_audit(self._producer, [event])
            batches = {
                self._producer.append(
                    APPROVALS, one.approval_id.encode(), encode_event(one),
                    partition_by=employee_key(one.tenant, one.employee),
                )
                for one in approvals
            }  # fmt: skip
            for batch in batches:
                await batch.acked()
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"Kafka does not take it: look whether it is done before asking again: {error}") from error


def _choices(wanted: DecideCards) -> list[CardChoice]:
    """Each card once. Raises RequestInvalid."""
    if bool(wanted.cards) == bool(wanted.employees):
        raise RequestInvalid("say which: cards, or employees with first and last date")
    if wanted.cards:
        if wanted.first or wanted.last:
            raise RequestInvalid("first and last belong to employees")
        return list({(one.employee, one.work_date): one for one in wanted.cards}.values())
    first, last = date_of(wanted.first, "first"), date_of(wanted.last, "last")
    days = (last - first).days + 1
    if not 1 <= days <= MAX_DAYS:
        raise RequestInvalid(f"from {first} to {last} are {days} dates, not 1 to {MAX_DAYS}")
    employees = dict.fromkeys(wanted.employees)
    if len(employees) * days > MAX_AT_ONCE:
        raise RequestInvalid(f"these are {len(employees) * days} cards, at most {MAX_AT_ONCE} at once")
    dates = [(first + timedelta(days=number)).isoformat() for number in range(days)]
    return [CardChoice(employee=employee, work_date=day) for employee in employees for day in dates]


def _start_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
