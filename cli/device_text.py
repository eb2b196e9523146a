"""What is known of a device, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.operator import time_text

if TYPE_CHECKING:
    from schemas.devices import DeviceState


def state_facts(state: DeviceState) -> dict[str, str]:
    """What the tracker saw, by what it is about."""
    return _own_facts(state) | (_polled_facts(state) if state.polled_by else {})


def _own_facts(state: DeviceState) -> dict[str, str]:
    return {
        "seen": f"{time_text(state.last_seen)} (first {time_text(state.first_seen)}) at edge {state.edge or '-'}",
        "handshake": time_text(state.last_handshake),
        "upload": time_text(state.last_upload),
        "newest punch": time_text(state.last_punch_at),
        "clock": skew_text(state.skew_s),
        "error": f"{state.last_error} at {time_text(state.last_error_at)}" if state.last_error else "-",
        "alert": f"{state.last_alert} at {time_text(state.last_alert_at)}" if state.last_alert else "-",
        "firmware": state.firmware or "-",
        "protocol": f"{state.dialect or '-'} {state.push_version}",
        "holds": f"{_count(state.users)} users, {_count(state.fingerprints)} fingerprints, {_count(state.faces)} faces",
        "punches kept": f"{_count(state.transactions)} of {_count(state.transaction_capacity)}",
        "days until it overwrites": _count(state.days_until_full),
    }  # fmt: skip


def _polled_facts(state: DeviceState) -> dict[str, str]:
    """What the source says that is polled for it."""
    offset = "as its server" if state.utc_offset_s is None else f"{state.utc_offset_s / 3600:+g} h from UTC"
    conflict = ", not what its server says" if state.tz_conflict else ""
    return {
        "polled by": f"{state.polled_by}{'' if state.via else ' (its status is told by its own polls)'}",
        "active there": time_text(state.last_activity),
        "told everything up to": time_text(state.watermark),
        "zone": f"{offset}{conflict}",
    }


def skew_text(seconds: int | None) -> str:
    """Its clock against ours."""
    if seconds is None:
        return "-"
    return "right" if abs(seconds) < 2 else f"{abs(seconds)} s {'fast' if seconds > 0 else 'slow'}"


def _count(number: float | None) -> str:
    return "?" if number is None else f"{number:g}"
