"""What a device says of itself, and what was last heard of it: handshake, INFO, options, stamps, errors, alerts.

Everything is bounded: option and table names and values are cut, and names beyond the allowed number are not taken up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from processors.devices.numbers import count_of
from schemas.devices import DeviceInput, InputKind
from wire.zkpush.info import parse_info

_MAX_OPTIONS = 160
_MAX_TABLES = 64
_MAX_NAME = 64
_MAX_TEXT = 256
_ERROR_TABLE = "ERRORLOG"
_COUNTS = frozenset(("UserCount", "FPCount", "FaceCount", "TransactionCount"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Fields as in schemas/devices.py DeviceState; times are epoch ms."""

    edge: str = ""
    dialect: str = ""
    push_version: str = ""
    firmware: str = ""
    ip: str = ""
    language: str = ""
    uptime_s: int | None = None
    users: int | None = None
    fingerprints: int | None = None
    faces: int | None = None
    transactions: int | None = None
    last_handshake: int | None = None
    last_upload: int | None = None
    last_punch_at: int | None = None
    last_error: str = ""
    last_error_at: int | None = None
    last_alert: str = ""
    last_alert_at: int | None = None
    stamps: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


def with_input(reported: Reported, event: DeviceInput) -> Reported:
    edge = _cut(event.edge) or reported.edge
    if edge != reported.edge and not event.via:
        reported = replace(reported, edge=edge)
    match event.kind:
        case InputKind.HANDSHAKE:
            return _with_handshake(reported, event)
        case InputKind.PRESENCE:
            return _with_info(reported, event.info)
        case InputKind.STRANGER:
            return with_error(_with_info(reported, event.info), event.table, event.at)
        case InputKind.REFUSED:
            return with_error(reported, event.table, event.at)
        case InputKind.UPLOAD:
            return _with_upload(reported, event)
        case InputKind.OPTIONS:
            if event.uptime_s is not None:
                reported = replace(reported, uptime_s=event.uptime_s)
            return _with_options(reported, event.options)
        case InputKind.TERMINAL:
            return _with_terminal(reported, event)
        case InputKind.ALERT:
            happened = event.newest_at if event.newest_at is not None and event.newest_at <= event.at else event.at
            return with_alert(reported, event.word, happened)
    return reported


def with_alert(reported: Reported, alert: str, at: int) -> Reported:
    """An alert that is older than the last one (a backlog) does not replace it."""
    if not alert or at < (reported.last_alert_at or at):
        return reported
    return replace(reported, last_alert=_cut(alert), last_alert_at=at)


def with_error(reported: Reported, error: str, at: int) -> Reported:
    return replace(reported, last_error=_cut(error), last_error_at=at) if error else reported


def _with_handshake(reported: Reported, event: DeviceInput) -> Reported:
    query = {name.lower(): value for name, value in event.query.items()}
    kind = query.get("devicetype", "").lower()
    return replace(
        reported,
        last_handshake=_later(reported.last_handshake, event.at),
        dialect="acc" if kind == "acc" else reported.dialect if not kind and reported.dialect else "att",
        push_version=_cut(query.get("pushver") or query.get("pushversion") or reported.push_version),
        language=_cut(query.get("language") or reported.language),
    )


def _with_info(reported: Reported, text: str) -> Reported:
    if not text:
        return reported
    info = parse_info(text)
    # Under the names that options have, for whoever compares template versions.
    versions = {"FPVersion": info.fingerprint_version, "FaceVersion": info.face_version}
    said = {name: str(version) for name, version in versions.items() if version is not None and version > 0}
    return replace(
        reported,
        options=_merged(reported.options, said, _MAX_OPTIONS) if said else reported.options,
        firmware=_cut(info.firmware or reported.firmware),
        ip=_cut(info.ip or reported.ip),
        users=_known(info.users, reported.users),
        fingerprints=_known(info.fingerprints, reported.fingerprints),
        faces=_known(info.faces, reported.faces),
        transactions=_known(info.transactions, reported.transactions),
    )


def _with_upload(reported: Reported, event: DeviceInput) -> Reported:
    stamps, last_punch_at = reported.stamps, reported.last_punch_at
    if event.stamp and event.table:
        stamps = _merged(stamps, {event.table: event.stamp}, _MAX_TABLES)
    if event.punches_by_hour and event.newest_at is not None:
        last_punch_at = _later(last_punch_at, event.newest_at)
    uploaded_at = event.seen_at if event.via and event.seen_at is not None else event.at
    reported = replace(
        reported, last_upload=_later(reported.last_upload, uploaded_at), stamps=stamps, last_punch_at=last_punch_at
    )
    if event.table.upper() == _ERROR_TABLE and event.rows:
        reported = with_error(reported, _ERROR_TABLE, event.at)
    return reported


def _with_options(reported: Reported, said: Mapping[str, str]) -> Reported:
    options = _merged(reported.options, said, _MAX_OPTIONS)
    kind = said.get("DeviceType", "").lower()
    return replace(
        reported,
        options=options,
        dialect="acc" if kind == "acc" else reported.dialect,
        firmware=_cut(said.get("FWVersion") or said.get("FirmVer") or reported.firmware),
        push_version=reported.push_version or _cut(said.get("PushVersion", "")),
        ip=_cut(said.get("IPAddress") or reported.ip),
        users=_known(count_of(said.get("UserCount")), reported.users),
        fingerprints=_known(count_of(said.get("FPCount")), reported.fingerprints),
        faces=_known(count_of(said.get("FaceCount")), reported.faces),
        transactions=_known(count_of(said.get("TransactionCount")), reported.transactions),
    )


def _with_terminal(reported: Reported, event: DeviceInput) -> Reported:
    """What its server says of it. Counts change all the time: they are numbers of their own and no options."""
    reported = _with_options(reported, event.options)
    options = {name: value for name, value in reported.options.items() if name not in _COUNTS}
    if event.newest_at is not None:
        reported = replace(reported, last_upload=_later(reported.last_upload, event.newest_at))
    return replace(reported, options=options)


def _merged(known: Mapping[str, str], said: Mapping[str, str], limit: int) -> dict[str, str]:
    merged = dict(known)
    for name, value in said.items():
        name = name[:_MAX_NAME]
        if name in merged or len(merged) < limit:
            merged[name] = _cut(value)
    return merged


def _known(said: int | None, before: int | None) -> int | None:
    """Negative counts mean "not supported"."""
    return said if said is not None and said >= 0 else before


def _later(before: int | None, at: int) -> int:
    return at if before is None else max(before, at)


def _cut(text: str) -> str:
    return text[:_MAX_TEXT]
