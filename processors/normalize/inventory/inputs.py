"""`device.input` records of what was polled, and fields as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from processors.normalize.inputs import device_input
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import Derived
from schemas.devices import DeviceInput, InputKind
from wire.zkpush.target import SERIAL

MAX_TEXT: Final = 256


def polled_input(record: PolledRecord, device: str, kind: InputKind, **rest: Any) -> Derived:
    """About `device`, as the source of the record says; its site is the registry's, else the one of the settings."""
    derived = device_input(record.context(device), kind, via=record.source, **rest)
    event = derived.event
    assert isinstance(event, DeviceInput)
    if event.site or not record.notes.site:
        return derived
    return derived._replace(event=replace(event, site=record.notes.site))


def plain_texts(fields: Mapping[str, object]) -> dict[str, str]:
    """What is not empty, as text of bounded length; what a connector added (`@...`) is no field."""
    return {
        name: _text(value)[:MAX_TEXT]
        for name, value in fields.items()
        if value is not None and value != "" and not name.startswith("@")
    }


def serial_of(text: str) -> str:
    """In upper case; empty for what is no serial."""
    return text.upper() if SERIAL.fullmatch(text) else ""


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
