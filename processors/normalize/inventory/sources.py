"""How a source is (CONNECTOR), which station it is (AKUVOX/INFO), its inputs, relays and call (AKUVOX/SAMPLE).

Each body is one object. Sources: spec/connectors.md A5, B-3.5, B-3.6, (e); schemas/source_report.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from processors.normalize.inventory.inputs import MAX_TEXT, plain_texts, polled_input
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.codec import NotAnEvent, decode_event
from schemas.deadletters import Reason
from schemas.devices import DeviceInput, InputKind
from schemas.source_report import SourceReport
from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.system import parse_info, parse_status

_PARTS: Final = ("input", "relay", "call")
_MAX_SAMPLE: Final = 64


def convert_report(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    """The worker's word on a source. Its name stands as `edge`: it is who heard from the source."""

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        try:
            report = decode_event(SourceReport, record.bytes_of(raw))
        except NotAnEvent as error:
            return [DeadRow(Reason.NOT_AN_EVENT, line, record.bytes_of(raw), str(error))]
        derived = polled_input(
            record,
            record.source,
            InputKind.SOURCE,
            word=report.status.value,
            info=report.why[:MAX_TEXT],
            since=report.since,
            seen_at=report.last_good_poll,
            lag_s=report.lag_s,
            rows=report.rows,
            errors=report.errors,
            skew_s=report.skew_s,
        )
        assert isinstance(derived.event, DeviceInput)
        return [derived._replace(event=replace(derived.event, edge=report.worker[:MAX_TEXT]))]

    return record.convert(rows, convert_row, on_failure)


def convert_info(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    """Which station it is, how long it runs, and how far its clock is off: its own clock minus when it was asked."""

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        said = raw if isinstance(raw, dict) else {}
        try:
            info = parse_info(said.get("info"))
            status = None if said.get("status") is None else parse_status(said["status"])
        except AnswerUnreadable as error:
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error))]
        options = {"MAC": info.mac, "Model": info.model, "FWVersion": info.firmware, "HardwareVersion": info.hardware}
        asked_at, skew, uptime = said.get("@at"), None, None
        if status is not None:
            uptime = None if status.up_time is None else int(status.up_time)
            if status.system_time is not None and type(asked_at) is int:
                skew = round(status.system_time - asked_at / 1000, 3)
        told = {"options": plain_texts(options), "uptime_s": uptime, "skew_s": skew}
        return [polled_input(record, record.source, InputKind.OPTIONS, **told)]

    return record.convert(rows, convert_row, on_failure)


def convert_sample(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        if not isinstance(raw, dict):
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), "a sample that is no object")]
        shown = dict(list(plain_texts(_sample(raw)).items())[:_MAX_SAMPLE])
        return [polled_input(record, record.source, InputKind.SAMPLE, options=shown)] if shown else []

    return record.convert(rows, convert_row, on_failure)


def _sample(said: dict[str, Any]) -> dict[str, object]:
    """Names are the station's own (`RelayA`, `InputB`); the call is `call`, or `call.<name>` where it says more."""
    sample: dict[str, object] = {}
    for part in _PARTS:
        value = said.get(part)
        if isinstance(value, dict):
            front = "call." if part == "call" else ""
            sample |= {f"{front}{name}": one for name, one in value.items() if _is_plain(one)}
        elif _is_plain(value):
            sample[part] = value
    return sample


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)
