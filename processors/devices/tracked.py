"""All that is kept of one device in `devices.state`: a shape of our own, with a version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from processors.devices.memory import Memory
from processors.devices.polled import Polled
from processors.devices.reported import Reported
from processors.devices.silence import Silence
from processors.devices.skew import Skew
from processors.devices.status import Contact
from processors.errors import Fatal
from schemas.devices import DeviceState


class TrackedUnreadable(Fatal):
    """A stored state that this version cannot read: skipping it would lose what is known of a device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """at: the stream's clock when `devices` was written last, epoch ms; behind: something that may wait has changed."""

    at: int
    behind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedDevice:
    """offset: of the input that was its last own one."""

    v: Literal[1] = 1
    device: str
    tenant: str
    site: str
    offset: int
    contact: Contact
    reported: Reported = field(default_factory=Reported)
    polled: Polled = field(default_factory=Polled)
    skew: Skew = field(default_factory=Skew)
    memory: Memory = field(default_factory=Memory)
    silence: Silence = field(default_factory=Silence)
    told: Told | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of a partition. next_offset: inputs before it are in the state; clock: greatest `at` of an input, epoch ms."""

    v: Literal[1] = 1
    next_offset: int = 0
    clock: int = 0


_TRACKED: Final = TypeAdapter(TrackedDevice)
_PROGRESS: Final = TypeAdapter(Progress)


def encode(state: TrackedDevice | Progress) -> bytes:
    return orjson.dumps(state)


def decode_tracked(value: bytes) -> TrackedDevice:
    """Raises TrackedUnreadable."""
    try:
        return _TRACKED.validate_json(value)
    except ValidationError as error:
        raise TrackedUnreadable(f"devices.state: a device of {len(value)} bytes cannot be read: {error}") from error


def decode_progress(value: bytes) -> Progress:
    """Raises TrackedUnreadable."""
    try:
        return _PROGRESS.validate_json(value)
    except ValidationError as error:
        raise TrackedUnreadable(f"devices.state: a partition's progress cannot be read: {error}") from error


def device_state(tracked: TrackedDevice, offset: int, clock: int) -> DeviceState:
    """What readers of `devices` get. offset: of the input that brought it about; clock: the stream's."""
    contact, said, skew, memory = tracked.contact, tracked.reported, tracked.skew, tracked.memory
    heard, source = tracked.polled, tracked.polled.source
    return DeviceState(
        device=tracked.device,
        rank=offset + 1,
        tenant=tracked.tenant,
        site=tracked.site,
        status=contact.status,
        status_since=contact.since,
        updated_at=clock,
        first_seen=contact.first_seen,
        last_seen=contact.last_seen,
        last_handshake=said.last_handshake,
        last_upload=said.last_upload,
        last_punch_at=said.last_punch_at,
        last_error=said.last_error,
        last_error_at=said.last_error_at,
        last_alert=said.last_alert,
        last_alert_at=said.last_alert_at,
        edge=said.edge,
        dialect=said.dialect,
        push_version=said.push_version,
        firmware=said.firmware,
        ip=said.ip,
        language=said.language,
        users=said.users,
        fingerprints=said.fingerprints,
        faces=said.faces,
        transactions=memory.transactions,
        transaction_capacity=memory.capacity,
        fill_percent=memory.fill_percent,
        days_until_full=memory.days_until_full,
        skew_s=skew.seconds,
        skew_at=skew.seen_at,
        time_zone_form=skew.form,
        time_zone_form_switched_at=skew.switched_at,
        stamps=said.stamps,
        options=said.options,
        via=contact.via,
        polled_by=heard.by,
        model=said.options.get("Model") or said.options.get("~DeviceName", ""),
        mac=said.options.get("MAC", ""),
        uptime_s=said.uptime_s,
        last_activity=heard.last_activity,
        utc_offset_s=heard.utc_offset_s,
        tz_conflict=heard.tz_conflict,
        watermark=heard.watermark,
        sample=heard.sample,
        sampled_at=heard.sampled_at,
        source_status=source.status,
        source_since=source.since,
        source_why=source.why,
        source_worker=source.worker,
        last_good_poll=source.last_good_poll,
        lag_s=source.lag_s,
        source_rows=source.rows,
        source_errors=source.errors,
    )
