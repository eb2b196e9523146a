"""`device.input` records: what the device processor hears of a device."""

from __future__ import annotations

from typing import Any

from processors.normalize.context import Context, EventTime, clean
from processors.normalize.records import Derived
from schemas.devices import DeviceInput, InputKind


def device_input(context: Context, kind: InputKind, **rest: Any) -> Derived:
    """One record about the device that the raw record came from, as of its receipt."""
    headers, upload, now = context.upload.headers, context.upload, context.period_now
    return Derived(
        "device.input",
        DeviceInput(
            kind=kind,
            tenant=headers.tenant,
            device=headers.source,
            site=now.site if now else "",
            zone=now.zone if now else "",
            clock=now.clock if now else "",
            at=headers.received_at,
            edge=clean(headers.edge),
            raw_topic=upload.topic,
            raw_partition=upload.partition,
            raw_offset=upload.offset,
            **rest,
        ),
    )


def alert(context: Context, time: EventTime, word: str, code: str, administrator: str) -> Derived:
    """An operation or door event that somebody should hear of (errata Z6)."""
    options = {"code": code, "administrator": administrator}
    return device_input(
        context, InputKind.ALERT, word=word, table=context.table, newest_at=time.happened_at, options=options
    )
