"""Answers of system/info and system/status. Source: the document, "Api system"; spec/connectors.md A5, B-3 5, 6."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.redaction import allowed

Json = dict[str, Any]

_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds the year 5138


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """mac: 12 hexadecimal digits in upper case, the identity of a station; data: allow-listed fields as sent."""

    mac: str
    model: str
    firmware: str
    hardware: str
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """system_time: seconds since the epoch, UTC, the only absolute clock that a station has; up_time: seconds since it
    started. None where it does not say so as a number."""

    system_time: float | None
    up_time: float | None
    data: Json = field(default_factory=dict)


def plain_mac(text: object) -> str:
    """12 hexadecimal digits in upper case, empty when it is no MAC."""
    plain = re.sub(r"[:.\-\s]", "", str(text)).upper()
    return plain if re.fullmatch(r"[0-9A-F]{12}", plain) else ""


def parse_info(data: object) -> SystemInfo:
    """Raises AnswerUnreadable without a MAC: without it nobody knows which station speaks."""
    status = data.get("Status") if isinstance(data, dict) else None
    if not isinstance(status, dict):
        raise AnswerUnreadable("system/info has no Status")
    mac = plain_mac(status.get("MAC"))
    if not mac:
        raise AnswerUnreadable("system/info has no MAC of 12 hexadecimal digits")
    return SystemInfo(
        mac=mac,
        model=_text(status.get("Model")),
        firmware=_text(status.get("FirmwareVersion")),
        hardware=_text(status.get("HardwareVersion")),
        data=allowed(data)[0],
    )


def parse_status(data: object) -> SystemStatus:
    """Raises AnswerUnreadable when it is no object; a clock that cannot be read is None."""
    if not isinstance(data, dict):
        raise AnswerUnreadable("system/status has no data")
    seconds = _seconds(data.get("SystemTime"))
    if seconds is not None and seconds >= _MILLISECONDS_FROM:
        seconds /= 1000
    return SystemStatus(seconds, _seconds(data.get("UpTime")), allowed(data)[0])


def _seconds(value: object) -> float | None:
    text = _text(value)
    return float(text) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII) else None


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
