"""Who asked for which commands: events of the topic `audit`, one for each tenant of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ingest.audit import audit_event
from ingest.commands.drafts import Draft
from ingest.commands.orders import Operator
from schemas.audit import AuditEvent

_MOST_NAMED: Final = 100


def audit_events(going: Sequence[Draft], batch: str, operator: Operator, reason: str, at: int) -> list[AuditEvent]:
    """`at` in epoch ms. The single commands are in the log of commands, under the same batch id."""
    by_tenant: dict[str, list[Draft]] = {}
    for draft in going:
        assert draft.period is not None
        by_tenant.setdefault(draft.period.tenant, []).append(draft)
    return [
        audit_event(
            operator,
            "command.request",
            drafts[0].order.serial if len(drafts) == 1 else f"batch {batch}",
            at=at,
            tenant=tenant,
            reason=reason,
            details=_details(drafts, batch),
        )
        for tenant, drafts in by_tenant.items()
    ]


def _details(drafts: Sequence[Draft], batch: str) -> dict[str, str]:
    summaries = list(dict.fromkeys(draft.built.summary for draft in drafts if draft.built))
    devices = list(dict.fromkeys(draft.order.serial for draft in drafts))
    return {
        "batch": batch,
        "commands": str(len(drafts)),
        "names": ", ".join(dict.fromkeys(draft.order.name for draft in drafts)),
        "summaries": _listed(summaries, "; "),
        "devices": _listed(devices, ", "),
    }


def _listed(texts: Sequence[str], separator: str) -> str:
    shown = separator.join(texts[:_MOST_NAMED])
    more = len(texts) - _MOST_NAMED
    return f"{shown}{separator}and {more} more" if more > 0 else shown
