"""Writing to the audit log: every change that an operator makes, before it takes effect. docs/decisions/0018."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from ingest.commands.orders import Operator
from runtime.producer import Producer
from schemas.audit import AuditEvent
from schemas.codec import encode_event

TOPIC: Final = "audit"
_MAX_DETAIL_CHARACTERS: Final = 1000


def audit_event(
    operator: Operator,
    action: str,
    target: str,
    *,
    at: int,
    tenant: str = "",
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> AuditEvent:
    """at: epoch milliseconds; `details` without secrets, each cut to 1,000 characters."""
    return AuditEvent(
        event_id=secrets.token_hex(16),
        at=at,
        tenant=tenant,
        who=operator.who,
        role=operator.role,
        via=operator.via,
        address=operator.address,
        action=action,
        target=target,
        reason=reason,
        details={name: text[:_MAX_DETAIL_CHARACTERS] for name, text in (details or {}).items()},
    )


async def write_audit(producer: Producer, events: Sequence[AuditEvent]) -> None:
    """Returns when Kafka has them all. `producer` has the topic prepared. Raises BufferFull, DeliveryFailed."""
    batches = {
        producer.append(TOPIC, event.event_id.encode(), encode_event(event), partition_by=event.tenant.encode())
        for event in events
    }
    for batch in batches:
        await batch.acked()
