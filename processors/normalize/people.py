"""Users, templates and pictures of people as `people` events; the row as sent goes to the sealed store where it holds a
secret, a template or a picture. Sources: document 2.4.3; spec/zk-push.md O1 to O10, E4.
"""

from __future__ import annotations

from typing import Any, Final

from processors.normalize.context import Context
from processors.normalize.published import published, with_notes
from processors.normalize.records import PARSER_VERSION, DeadRow, Derived, Payload
from schemas.deadletters import Reason
from schemas.device_events import Person
from schemas.identity import event_id, latest_rank, normal_pin
from wire.zkpush.rows import PictureRow, TemplateRow, UserRow
from wire.zkpush.words import privilege_word

_DURESS_FINGER: Final = 3
_NO_CARD: Final = "[]0 "


def of_user(context: Context, row: UserRow, raw: bytes) -> Derived:
    """A user. Sealed and stored: the line, when it holds a password, a card, or anything else that is not published."""
    extra = with_notes(published(row.extra), unread=row.unread, repeated=row.repeated, charset=row.charset)
    has_password, has_card = bool(row.password.strip()), bool(row.card.strip(_NO_CARD))
    own = {
        "name": row.name,
        "privilege": row.privilege,
        "privilege_word": privilege_word(row.privilege),
        "group": row.group,
        "time_zones": row.time_zones,
        "verify_mode": row.verify,
        "has_password": has_password,
        "has_card": has_card,
    }
    sealed = raw if has_password or has_card or "withheld" in extra else None
    return person(context, row.line, row.pin, "user", own, extra, sealed, "user")


def of_template(context: Context, row: TemplateRow, raw: bytes) -> Derived | DeadRow:
    """An enrolment; a template that is no base64 is a dead letter, one that is blank was not sent along."""
    size = row.byte_size
    if size is None:
        return DeadRow(Reason.TEMPLATE_UNREADABLE, row.line, raw, f"{row.tag}: the template is no base64")
    version = "" if row.major_version is None else str(row.major_version)
    if version and row.minor_version is not None:
        version += f".{row.minor_version}"
    said_duress = None if row.duress is None else row.duress != 0
    own = {
        "valid": None if row.valid is None else row.valid != 0,
        "duress": True if row.valid == _DURESS_FINGER else said_duress,
        "template_version": version,
        "template_format": "" if row.format is None else str(row.format),
        "size": size,
        "size_mismatch": row.size_mismatch,
    }
    extra = with_notes(published(row.extra), unread=row.unread, repeated=row.repeated, charset=row.charset)
    return person(context, row.line, row.pin, _template_item(row), own, extra, raw, "template")


def of_picture(context: Context, row: PictureRow, raw: bytes) -> Derived:
    """A picture of a person, USERPIC or BIOPHOTO."""
    extra = with_notes(published(row.extra), unread=row.unread, repeated=row.repeated, charset=row.charset)
    own = {"size": len(row.content), "size_mismatch": row.size_mismatch}
    item = "picture" if row.tag == "USERPIC" else f"photo/{row.type or 0}"
    return person(context, row.line, row.pin, item, own, extra, raw, "picture")


def removal(context: Context, line: int, pin: str, item: str) -> Derived:
    """Something of a person is gone from the device."""
    return person(context, line, pin, item, {"deleted": True}, {}, None, "")


def person(
    context: Context,
    line: int,
    pin: str,
    item: str,
    own: dict[str, Any],
    extra: dict[str, str],
    sealed: bytes | None,
    kind: str,
) -> Derived:
    """One `people` event; `own` are the fields that its item has, `sealed` what of it only the store may hold."""
    headers = context.upload.headers
    now = context.period_now
    fields = {
        **context.common(line, now.site if now else ""),
        **_NOTHING,
        **own,
        "event_id": event_id(headers.tenant, headers.source, "person", normal_pin(pin), item),
        "rank": latest_rank(headers.received_at, PARSER_VERSION, line),
        "pin": pin,
        "item": item,
        "extra": extra,
    }
    payload = None if sealed is None else Payload(kind, pin, sealed)
    return Derived("people", Person(**fields), payload, line)


def _template_item(row: TemplateRow) -> str:
    number = row.number or 0
    if row.tag == "FP":
        return f"fingerprint/{number}"
    if row.tag == "FACE":
        return f"face/{number}"
    index = row.sample_index or 0
    return f"vein/{number}/{index}" if row.tag == "FVEIN" else f"biodata/{row.type or 0}/{number}/{index}"


_NOTHING: Final[dict[str, Any]] = {
    "deleted": False,
    "name": "",
    "privilege": None,
    "privilege_word": "",
    "group": "",
    "time_zones": "",
    "verify_mode": None,
    "has_password": False,
    "has_card": False,
    "valid": None,
    "duress": None,
    "template_version": "",
    "template_format": "",
    "size": 0,
    "size_mismatch": False,
    "stored": "",
}
