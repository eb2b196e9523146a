"""What the operations give back, for people, for `--json` and for the control API. Times are epoch milliseconds UTC."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ingest.control.registry_changes import period_at
from schemas.command_state import CommandState, CommandStatus
from schemas.devices import DeviceState, DeviceStatus
from schemas.registry import DevicePeriod, DeviceRecord

Item = TypeVar("Item")
Standing = Literal["served", "pending", "refused", "retired", "planned", "accepted"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Model, Generic[Item]):
    """One page of a list; `next` is the cursor of the next one, empty at the end."""

    items: list[Item]
    next: str = ""


class Device(Model):
    """A device in a list: what the registry says of it, and what was seen of it."""

    serial: str
    standing: Annotated[
        Standing,
        Field(description="served; pending: it knocks, nobody approved it; refused by name; retired; planned: from "
              "later on; accepted: not in the registry, but the setting accepts all"),
    ]  # fmt: skip
    tenant: str
    site: str
    zone: str
    tags: list[str]
    status: Annotated[DeviceStatus | None, Field(description="as the tracker says; null when it was never seen")]
    last_seen: int | None
    last_handshake: int | None
    last_upload: int | None
    last_punch_at: int | None
    last_error: str
    edge: str
    ip: str
    firmware: str
    skew_s: int | None
    users: int | None
    transactions: int | None
    fill_percent: float | None
    days_until_full: float | None


class DeviceDetail(Model):
    """All that is known of a device. Of communication keys only the ids of the keys that digest them are told."""

    device: Device
    periods: list[DevicePeriod]
    state: DeviceState | None


class Command(Model):
    """One command and how far it has come."""

    device: str
    command_id: str
    name: str
    summary: Annotated[str, Field(description="the command without secrets")]
    status: CommandStatus
    requested_at: int
    by: str
    reason: str
    batch: str
    wave: int
    expires_at: int | None
    sends: int
    sent_at: int | None
    ended_at: int | None
    end_reason: str
    return_code: int | None
    meaning: str
    answer: str
    has_stored_answer: Annotated[bool, Field(description="a file or shell output is kept, sealed")]
    late_answers: int


class Done(Model):
    """What came of a change for one device; `refusal` is empty when it was done."""

    serial: str
    refusal: str = ""


class Ordered(Model):
    """What came of an order: its command id, or why there is none. One of the two is empty."""

    serial: str
    name: str
    command_id: str = ""
    refusal: str = ""
    earlier: Annotated[bool, Field(description="the command of an earlier order under the same key")] = False


class Batch(Model):
    """What came of a request for commands; `batch` is empty when all were refused."""

    batch: str
    commands: list[Ordered]


def device_of(serial: str, record: DeviceRecord | None, state: DeviceState | None, at: int, accepts: bool) -> Device:
    """accepts: whether devices that the registry does not name are served."""
    period = period_at(record, at)
    shown = period or (record.periods[-1] if record and record.periods else None)
    return Device(
        serial=serial,
        standing=_standing(record, period, at, accepts),
        tenant=shown.tenant if shown else state.tenant if state else "",
        site=shown.site if shown else "",
        zone=shown.zone if shown else "",
        tags=list(shown.tags) if shown else [],
        status=state.status if state else None,
        last_seen=state.last_seen if state else None,
        last_handshake=state.last_handshake if state else None,
        last_upload=state.last_upload if state else None,
        last_punch_at=state.last_punch_at if state else None,
        last_error=state.last_error if state else "",
        edge=state.edge if state else "",
        ip=state.ip if state else "",
        firmware=state.firmware if state else "",
        skew_s=state.skew_s if state else None,
        users=state.users if state else None,
        transactions=state.transactions if state else None,
        fill_percent=state.fill_percent if state else None,
        days_until_full=state.days_until_full if state else None,
    )


def _standing(record: DeviceRecord | None, period: DevicePeriod | None, at: int, accepts: bool) -> Standing:
    if period is not None:
        return "refused" if period.admission == "refuse" else "served"
    if accepts:
        return "accepted"
    if record is None or not record.periods:
        return "pending"
    return "planned" if any(p.valid_from is not None and p.valid_from > at for p in record.periods) else "retired"


def command_of(state: CommandState) -> Command:
    requested, answer = state.requested, state.answer
    return Command(
        device=requested.device,
        command_id=requested.command_id,
        name=requested.name,
        summary=requested.summary,
        status=state.status,
        requested_at=requested.at,
        by=requested.by,
        reason=requested.reason,
        batch=requested.batch,
        wave=requested.wave,
        expires_at=requested.expires_at,
        sends=state.sends,
        sent_at=state.sent_at,
        ended_at=state.ended_at,
        end_reason=state.end_reason,
        return_code=answer.return_code if answer else None,
        meaning=answer.meaning if answer else "",
        answer=answer.answer if answer else "",
        has_stored_answer=bool(answer and answer.stored),
        late_answers=state.late_answers,
    )
