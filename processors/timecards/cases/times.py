"""Instants as case files write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from processors.timecards.cases.file import CaseWrong

FAR_FUTURE_MS: Final = 4_102_444_800_000  # 2100-01-01: everything is closed


def instant(text: str) -> tuple[int, int]:
    """Epoch ms and offset (seconds) of an ISO 8601 time with offset."""
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    if offset is None:
        raise CaseWrong(f"time {text!r} has no offset")
    return round(moment.timestamp() * 1000), int(offset.total_seconds())


def event_times(events: Sequence[Mapping[str, Any]]) -> list[int]:
    """Event time at each event, epoch ms: the next watermark that a check tells, the far future when none follows."""
    times: list[int] = []
    coming = FAR_FUTURE_MS
    for event in reversed(events):
        if event["t"] == "check":
            text = event.get("watermark")
            coming = FAR_FUTURE_MS if text is None else instant(text)[0]
        times.append(coming)
    return times[::-1]
