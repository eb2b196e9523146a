"""Routes of the control API for corrections and approvals. Each is a call to the operations, nothing more."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from ingest.control.approval_desk import ApprovalsQuery, CardDecided, DecideCards
from ingest.control.correction_bulk import Plan
from ingest.control.correction_desk import Decided
from ingest.control.correction_requests import Bulk, CorrectionsQuery, Decide, Wanted
from ingest.control.correction_states import Verdict
from ingest.control.models import Model, Page
from ingest.control.paging import page
from ingest.control.routes import Call, Nothing, Route
from schemas.approvals import Approval
from schemas.corrections import Correction


class CorrectionShown(Model):
    """A correction as it stands."""

    correction: Correction


class ApprovalShown(Model):
    """A decision on a card."""

    approval: Approval


class Verdicts(Model):
    corrections: list[Decided]


class CardVerdicts(Model):
    cards: Annotated[list[CardDecided], Field(description="in the order in which they were named")]


async def list_corrections(call: Call[CorrectionsQuery, Nothing]) -> Page[CorrectionShown]:
    query = call.query
    found = await call.operations.corrections.known(
        call.caller,
        tenant=query.tenant,
        employee=query.employee,
        batch=query.batch,
        status=query.status,
        older=query.older,
    )
    return page([CorrectionShown(correction=one) for one in found], query, _correction_place)


async def show_correction(call: Call[Nothing, Nothing]) -> CorrectionShown:
    return CorrectionShown(correction=await call.operations.corrections.find(call.caller, call.path["id"]))


async def request_correction(call: Call[Nothing, Wanted]) -> CorrectionShown:
    return CorrectionShown(correction=await call.operations.corrections.request(call.caller, call.body))


async def request_corrections(call: Call[Nothing, Bulk]) -> Plan:
    return await call.operations.correction_bulk.request(call.caller, call.body)


async def decide_corrections(call: Call[Nothing, Decide]) -> Verdicts:
    body = call.body
    decided = await call.operations.corrections.decide(
        call.caller, Verdict(body.decision), ids=body.ids, batch=body.batch, reason=body.reason
    )
    return Verdicts(corrections=decided)


async def list_approvals(call: Call[ApprovalsQuery, Nothing]) -> Page[ApprovalShown]:
    query = call.query
    found = await call.operations.approvals.known(
        call.caller, tenant=query.tenant, employee=query.employee, since=query.since
    )
    return page([ApprovalShown(approval=one) for one in found], query, _approval_place)


async def decide_cards(call: Call[Nothing, DecideCards]) -> CardVerdicts:
    return CardVerdicts(cards=await call.operations.approvals.decide(call.caller, call.body))


def _correction_place(shown: CorrectionShown) -> str:
    return _newest_first(shown.correction.requested_at or 0, shown.correction.correction_id)


def _approval_place(shown: ApprovalShown) -> str:
    return _newest_first(shown.approval.decided_at, shown.approval.approval_id)


def _newest_first(at_ms: int, one: str) -> str:
    """The same from page to page."""
    return f"{9_999_999_999_999 - at_ms:013d}+{one}"


CORRECTION_ROUTES: Final = (
    Route("GET", "/v1/corrections", "listCorrections", "Corrections as they stand, the newest first", "read",
          Page[CorrectionShown], list_corrections, query=CorrectionsQuery),
    Route("GET", "/v1/corrections/{id}", "showCorrection", "One correction", "read", CorrectionShown, show_correction),
    Route("POST", "/v1/corrections", "requestCorrection", "Ask for a correction of a punch, or for leave", "operate",
          CorrectionShown, request_correction, body=Wanted),
    Route("POST", "/v1/corrections/bulk", "requestCorrections", "Preview and ask for a correction of many", "operate",
          Plan, request_corrections, body=Bulk),
    Route("POST", "/v1/corrections/decide", "decideCorrections", "Approve, reject, revoke or withdraw corrections",
          "operate", Verdicts, decide_corrections, body=Decide),
    Route("GET", "/v1/approvals", "listApprovals", "Decisions on cards, the newest first", "read",
          Page[ApprovalShown], list_approvals, query=ApprovalsQuery),
    Route("POST", "/v1/approvals", "decideCards", "Approve cards, or take approvals back", "operate", CardVerdicts,
          decide_cards, body=DecideCards),
)  # fmt: skip
