"""raw.device: handshakes, presence, options, strangers, refusals and ticks as `device.input` records.

Sources: spec/zk-push.md 2.2, 2.5 D1, 2.6 E1; DESIGN 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator

from processors.normalize.context import Context
from processors.normalize.failures import dead_row
from processors.normalize.inputs import device_input
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece, UploadPart
from schemas.deadletters import Reason
from schemas.devices import InputKind
from wire.zkpush.charset import decode_text
from wire.zkpush.options import is_secret_option, parse_options
from wire.zkpush.packed import packed_body
from wire.zkpush.target import parse_target

_MAX_TEXT = 2000
_MAX_OPTIONS = 500


def convert_device(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """One record. Endpoints that nobody serves and that bring nothing are no input: the raw record is all there is."""
    try:
        yield _convert(context)
    except Exception as failure:  # noqa: BLE001 - promise 4: one body's failure must not stop the others
        yield Piece(dead=[dead_row(failure, 0, context.upload.body, on_failure)])


def _convert(context: Context) -> Piece:
    table, body = context.table, context.upload.body
    if table == "TICK":
        return Piece([device_input(context, InputKind.TICK)])
    if table == "PRESENCE":
        return Piece([device_input(context, InputKind.PRESENCE, info=_text(body))])
    if table == "STRANGER":
        reason = context.params.get("reason", "")[:_MAX_TEXT]
        return Piece([device_input(context, InputKind.STRANGER, table=reason, info=_text(body))])
    if table == "REFUSED":
        return Piece([device_input(context, InputKind.REFUSED, table=_text(body))])
    if table == "HANDSHAKE":
        query = parse_target(f"?{_text(body)}").params or context.params
        return Piece([device_input(context, InputKind.HANDSHAKE, query=without_secrets(query))])
    if table in ("OPTIONS", "REGISTRY", "PUSH", "QUERYDATA"):
        return _options(context, body)
    return Piece()


def _options(context: Context, body: bytes) -> Piece:
    """Options that a device tells: of table=options, of a registration; a session of the access dialect begins."""
    piece = Piece()
    if context.table == "PUSH":
        query = without_secrets(context.params)
        piece.events.append(device_input(context, InputKind.HANDSHAKE, table="PUSH", query=query))
    packed = packed_body(body, context.params)
    if packed is not None:
        piece.dead.append(DeadRow(Reason(packed.reason.value), 0, body, packed.detail))
        return piece
    batch = parse_options(body)
    piece.dead += [DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in batch.errors]
    if batch.options:
        piece.events.append(options_input(context, batch.options))
    if context.table == "OPTIONS":
        piece.upload = UploadPart(rows=len(batch.options))
    return piece


def options_input(context: Context, options: dict[str, str]) -> Derived:
    return device_input(context, InputKind.OPTIONS, options=without_secrets(options))


def without_secrets(options: dict[str, str]) -> dict[str, str]:
    """The first `_MAX_OPTIONS` of them, values cut, secret ones left out."""
    shown = [(name, value) for name, value in options.items() if not is_secret_option(name)]
    return {name[:64]: value[:_MAX_TEXT] for name, value in shown[:_MAX_OPTIONS]}


def _text(body: bytes) -> str:
    return decode_text(body[: 4 * _MAX_TEXT])[0][:_MAX_TEXT]
