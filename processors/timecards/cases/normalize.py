"""Cases of kind normalize: zone-less local times through the one implementation of B3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from processors.timecards.cases.file import CaseResult, CaseWrong, Difference
from runtime.local_time import Clock, LocalInstant, resolve_batch

_NEVER_RECEIVED_MS = 4_102_444_800_000  # 2100-01-01: a punch without a receipt proves nothing by it


def run_normalize_case(case: Mapping[str, Any]) -> CaseResult:
    """Punches of one device with the same receipt are one upload, in the order of the case."""
    uploads: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for punch in case.get("punches", ()):
        clock = str(punch.get("clock") or case.get("clock") or "zone")
        zone = str(punch.get("zone") or case["zone"])
        key = (str(punch.get("received", "")), str(punch.get("sn", "")), zone, clock)
        uploads.setdefault(key, []).append(punch)
    found: dict[str, dict[str, Any]] = {}
    for (received, _, zone, clock), punches in uploads.items():
        received_ms = _epoch_ms(received) if received else _NEVER_RECEIVED_MS
        instants = resolve_batch([_local_text(punch) for punch in punches], Clock.parse(zone, clock), received_ms)
        for punch, instant in zip(punches, instants, strict=True):
            if instant is None:
                raise CaseWrong(f"case {case['id']}, punch {punch['id']}: its time cannot be read")
            found[str(punch["id"])] = _in_words(instant)
    expected = case["expect"]
    differences = [
        Difference("normalize", punch_id, key, wanted, found.get(punch_id, {}).get(key))
        for punch_id, wants in expected.items()
        for key, wanted in wants.items()
        if not _is_same(key, wanted, found.get(punch_id, {}).get(key))
    ]
    return CaseResult(str(case["id"]), "normalize", str(case.get("title", "")), expected, found, tuple(differences))


def _local_text(punch: Mapping[str, Any]) -> str:
    """`epoch` is BioTime's wall time written as if it were UTC (B14); a time without seconds is at second 0."""
    if punch.get("epoch") is not None:
        return datetime.fromtimestamp(int(punch["epoch"]), tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    text = str(punch["local"])
    return f"{text}:00" if len(text) == len("YYYY-MM-DDTHH:MM") else text


def _in_words(instant: LocalInstant) -> dict[str, Any]:
    utc = datetime.fromtimestamp(instant.utc_ms // 1000, tz=UTC)
    return {
        "utc": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "local": utc.astimezone(timezone(timedelta(seconds=instant.offset_s))).isoformat(),
        "flags": list(instant.flags),
    }


def _is_same(key: str, wanted: Any, found: Any) -> bool:
    if found is None:
        return False
    if key == "flags":
        return sorted(wanted) == sorted(found)
    if key == "utc":
        return _epoch_ms(wanted) == _epoch_ms(found)
    return bool(datetime.fromisoformat(wanted).isoformat() == found)


def _epoch_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
