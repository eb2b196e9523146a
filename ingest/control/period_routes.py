"""Routes of the control API for pay periods. A period is named by its pay group and a date that it contains."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ingest.control.errors import RequestInvalid
from ingest.control.models import Model, Page
from ingest.control.paging import page
from ingest.control.period_book import PeriodPlace
from ingest.control.period_models import (
    AcknowledgePeriod,
    ClosePeriod,
    PeriodManifest,
    PeriodOutcome,
    PeriodsQuery,
    PeriodState,
    ReopenPeriod,
    SayPeriod,
    TenantQuery,
    WaivePeriod,
)
from ingest.control.routes import Call, Nothing, Route
from schemas.payperiods import Waiver, period_key

_PATH: Final = "/v1/payperiods/{group}/{date}"


async def list_periods(call: Call[PeriodsQuery, Nothing]) -> Page[PeriodState]:
    query = call.query
    found = await call.operations.periods.known(
        call.caller, tenant=query.tenant, pay_group=query.pay_group, status=query.status
    )
    states = sorted((PeriodState(period=period) for period in found), key=_key)
    return page(states, query, _key)


async def show_period(call: Call[TenantQuery, Nothing]) -> PeriodOutcome:
    return await call.operations.periods.show(call.caller, _place(call, call.query.tenant))


async def period_manifest(call: Call[TenantQuery, Nothing]) -> PeriodManifest:
    return await call.operations.periods.manifest(call.caller, _place(call, call.query.tenant))


async def close_period(call: Call[Nothing, ClosePeriod]) -> PeriodOutcome:
    body = call.body
    return await call.operations.periods.close(
        call.caller, _place(call, body.tenant), reason=body.reason, sites=body.sites, wait_seconds=body.wait_seconds
    )


async def open_period(call: Call[Nothing, SayPeriod]) -> PeriodState:
    place = _place(call, call.body.tenant)
    return PeriodState(period=await call.operations.periods.give_up(call.caller, place, reason=call.body.reason))


async def waive(call: Call[Nothing, WaivePeriod]) -> PeriodState:
    body = call.body
    waiver = Waiver(
        code=body.code, employee=body.employee, work_date=body.work_date, device=body.device,
        waived_by=call.caller.operator.who, reason=body.reason,
    )  # fmt: skip
    return PeriodState(period=await call.operations.periods.waive(call.caller, _place(call, body.tenant), waiver))


async def acknowledge_period(call: Call[Nothing, AcknowledgePeriod]) -> PeriodState:
    body = call.body
    done = await call.operations.periods.acknowledge(
        call.caller, _place(call, body.tenant), body.content_hash, reason=body.reason
    )
    return PeriodState(period=done)


async def reopen_period(call: Call[Nothing, ReopenPeriod]) -> PeriodState:
    body = call.body
    done = await call.operations.periods.reopen(
        call.caller, _place(call, body.tenant), reason=body.reason, not_paid_yet=body.not_paid_yet
    )
    return PeriodState(period=done)


async def retro_period(call: Call[Nothing, SayPeriod]) -> PeriodState:
    place = _place(call, call.body.tenant)
    return PeriodState(period=await call.operations.periods.retro(call.caller, place, reason=call.body.reason))


def _key(state: PeriodState) -> str:
    return period_key(state.period.tenant, state.period.pay_group, state.period.first).decode()


def _place(call: Call[Any, Any], tenant: str) -> PeriodPlace:
    try:
        day = date.fromisoformat(call.path["date"])
    except ValueError:
        raise RequestInvalid(f"{call.path['date'][:40]!r} is no date YYYY-MM-DD") from None
    return PeriodPlace(call.path["group"], day, tenant)


def _post(what: str, name: str, summary: str, role: Any, answer: type[Model], handle: Any, body: type[Model]) -> Route:
    return Route("POST", f"{_PATH}/{what}", name, summary, role, answer, handle, body=body)


PERIOD_ROUTES: Final = (
    Route("GET", "/v1/payperiods", "listPeriods", "Pay periods of which anybody said anything", "read",
          Page[PeriodState], list_periods, query=PeriodsQuery),
    Route("GET", _PATH, "showPeriod", "A pay period, and what hindered its last closing", "read", PeriodOutcome,
          show_period, query=TenantQuery),
    Route("GET", f"{_PATH}/manifest", "periodManifest", "Counts, sums and hash of a locked pay period", "read",
          PeriodManifest, period_manifest, query=TenantQuery),
    _post("close", "closePeriod", "Close a pay period, or go on with it", "operate", PeriodOutcome, close_period,
          ClosePeriod),
    _post("open", "openPeriod", "Give the closing of a pay period up", "operate", PeriodState, open_period, SayPeriod),
    _post("waivers", "waivePeriod", "Take the blame for what keeps a pay period from being locked", "admin",
          PeriodState, waive, WaivePeriod),
    _post("acknowledge", "acknowledgePeriod", "Payroll computed this hash of a locked pay period", "operate",
          PeriodState, acknowledge_period, AcknowledgePeriod),
    _post("reopen", "reopenPeriod", "Reopen a locked pay period that was not paid", "admin", PeriodState,
          reopen_period, ReopenPeriod),
    _post("retro", "retroPeriod", "Derive a locked pay period by the registry of now, as adjustments", "admin",
          PeriodState, retro_period, SayPeriod),
)  # fmt: skip
