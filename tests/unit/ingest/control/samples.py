"""Events of devices and people with everything that a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from schemas.device_events import Person
from schemas.devices import DeviceState, DeviceStatus

NOW_MS = 1_772_355_600_000  # 2026-03-01 09:00:00 UTC


def device_state(serial: str, status: DeviceStatus = DeviceStatus.ONLINE, **facts: Any) -> DeviceState:
    common: dict[str, Any] = {
        "device": serial, "rank": 1, "tenant": "default", "site": "", "status": status, "status_since": NOW_MS,
        "updated_at": NOW_MS, "first_seen": NOW_MS, "last_seen": NOW_MS,
    }  # fmt: skip
    return DeviceState(**{**common, **facts})


def person(serial: str, pin: str, item: str, **facts: Any) -> Person:
    common: dict[str, Any] = {
        "v": 1, "event_id": "0" * 32, "rank": 1, "tenant": "default", "device": serial, "site": "berlin",
        "received_at": NOW_MS, "raw_topic": "raw.operations", "raw_partition": 0, "raw_offset": 0, "raw_line": 1,
        "request_id": "r", "parser_version": 1, "registry_version": 1, "extra": {}, "pin": pin, "item": item,
        "deleted": False, "name": "", "privilege": 0, "privilege_word": "normal", "group": "", "time_zones": "",
        "verify_mode": None, "has_password": False, "has_card": False, "valid": None, "duress": None,
        "template_version": "", "template_format": "", "size": 0, "size_mismatch": False, "stored": "",
    }  # fmt: skip
    return Person(**{**common, **facts})
