"""Action URLs of stations without a log as `access` events: the only word of what happened there, and a lossy one,
since a station sends it once and asks for no answer. Sources: spec/connectors.md A5 (action URL), B-3.9.

Stations with a log are told by it alone; their action URLs only make the connector look at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from processors.normalize.polled.record import PolledRecord
from processors.normalize.polled.stations import access_event, door_punch, found_of, source_ref, time_as_sent
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from schemas.device_events import AccessKind
from schemas.events import Punch

_LOG: Final = "hint"
_AT: Final = "@at"  # when the edge had it
_EPOCH_MS = re.compile(r"\d{13}", re.ASCII)
_REF_DIGITS: Final = 16
# Placeholders that a station left as they were, and what it says for nothing.
_NOTHING: Final = ("", "null", "none", "--")
_SECRETS: Final = frozenset(("code", "qrcode", "card_sn", "cardsn", "card"))
_WORDS: Final = {True: "granted", False: "denied", None: ""}
_METHODS: Final = {"face": "face", "qr code": "qr", "qrcode": "qr", "card": "card", "pin": "pin", "code": "pin"}


def convert_hints(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    """One event a row; a row holds the parameters of one action URL."""

    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        if not isinstance(raw, dict):
            return [
                DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), "an action URL's parameters that are no object")
            ]
        return _events(record, line, raw)

    return record.convert(rows, convert_row, on_failure)


def _events(record: PolledRecord, line: int, raw: Mapping[str, Any]) -> list[Derived | DeadRow]:
    said = {name: text for name, value in raw.items() if (text := _text(value)).lower() not in _NOTHING}
    at = _EPOCH_MS.fullmatch(_text(raw.get(_AT)))
    received_at = int(at[0]) if at else record.upload.headers.received_at
    context = record.context(record.source)
    text = said.get("time", "")
    (time,) = context.times([text], received_at)
    if time.instant is None:  # it says no time: it has just happened
        (time,) = context.times([str(received_at // 1000)], received_at)
    time = time_as_sent(record, time, text)
    word = said.get("event", "").lower()
    granted = False if "invalid" in word else True if "valid" in word else None
    method = _METHODS.get(said.get("unlocktype", "").lower()) or next((m for w, m in _METHODS.items() if w in word), "")
    ref = sha256(orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_REF_DIGITS]
    user, relay = said.get("userid", ""), said.get("relay", "")
    punch = None
    if granted and user:
        punch = door_punch(record, line, raw, time, user=user, reader=relay, log=_LOG, ref=ref, method=method)
    extra = {name: value for name, value in said.items() if name not in ("event", "userid", "relay", "time", *_SECRETS)}
    event = access_event(
        record,
        line,
        time,
        AccessKind.EVENT,
        (_LOG, ref),
        {**extra, "event": word, "origin": "webhook", "lossy": "true", "source_ref": source_ref(record, _LOG, ref)},
        pin=user,
        has_card=method == "card",
        word=_WORDS[granted],
        door=relay,
        verify=said.get("unlocktype", ""),
        verify_word=method,
        index=ref,
        granted=granted,
        punch_id=punch.event_id if isinstance(punch, Punch) else "",
    )
    return found_of(line, event, punch)


def _text(value: object) -> str:
    """Parameters are text; what is not, or is a placeholder that was not filled in, says nothing."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    return "" if text.startswith("$") else text
