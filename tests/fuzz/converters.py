"""Checks of the normalizer's pure part: any record of any raw topic becomes events that can be read again, or dead
letters; our own code never fails on one; a password never reaches an event."""

from __future__ import annotations

from typing import Final

from processors.normalize.context import Context
from processors.normalize.convert import convert_attendance
from processors.normalize.converters import CONVERTERS
from processors.normalize.records import DevicePeriods, RawUpload
from schemas.codec import decode_event, encode_event
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod
from wire.zkpush.charset import decode_text

_RECEIVED: Final = 1_772_373_600_000
_DEVICE: Final = DevicePeriods((DevicePeriod(site="north", tenant="acme", zone="America/New_York"),), 7)
_UNKNOWN: Final = DevicePeriods((), 0)
_READ_BACK: Final = 40  # events of each input that are read back: most of an input's events are alike
_SECRET: Final = b"Zx9passwordZx9"
_USER: Final = b"USER PIN=777000111\tName=A\tPasswd=" + _SECRET + b"\tCard=" + _SECRET + b"\n"


def attendance(data: bytes) -> None:
    upload = RawUpload(_headers("ATTLOG", ""), data, 0, 0)
    for device in (_DEVICE, _UNKNOWN):
        for piece in convert_attendance(upload, device, "UTC", _escaped):
            for record in piece.punches[:_READ_BACK]:
                decode_event(Punch, record.value)


def operations(data: bytes) -> None:
    events = _convert("raw.operations", _USER + data, data)
    assert not any(_SECRET in event for event in events), "a secret reached an event"


def photos(data: bytes) -> None:
    _convert("raw.photos", data.split(b"\n", 2)[-1], data)


def devices(data: bytes) -> None:
    _convert("raw.device", data.split(b"\n", 2)[-1], data)


def results(data: bytes) -> None:
    _convert("raw.results", data.split(b"\n", 2)[-1], data)


def _convert(topic: str, body: bytes, data: bytes) -> list[bytes]:
    """`data` begins with a line that names the table and one that is the query, as a device may send them."""
    table, query, *_ = [decode_text(line)[0] for line in data.split(b"\n", 2)] + ["", ""]
    if body.startswith(_USER):
        body = _USER + data.split(b"\n", 2)[-1]
    written: list[bytes] = []
    for device in (_DEVICE, _UNKNOWN):
        context = Context(RawUpload(_headers(table[:40], query), body, 0, 0, topic), device, "UTC")
        for piece in CONVERTERS[topic](context, _escaped):
            for derived in piece.events:
                value = encode_event(derived.event)
                if len(written) < _READ_BACK:
                    decode_event(type(derived.event), value)
                written.append(value)
    return written


def _headers(table: str, query: str) -> RawHeaders:
    return RawHeaders("TST1", "acme", table, _RECEIVED, "edge-1", "edge-1-1", "/iclock/cdata", query)


def _escaped(error: BaseException) -> None:
    raise error
