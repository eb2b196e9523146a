"""Rows of an access terminal's tables: people and their enrolments, everything else as a record of `operations`.

Source: spec/zk-push.md E4, E5. Their keys differ from those of the attendance dialect.
"""

from __future__ import annotations

from typing import Any, Final

from processors.normalize.context import Context, EventTime
from processors.normalize.operations import of_record
from processors.normalize.people import person
from processors.normalize.published import published, with_notes
from processors.normalize.records import DeadRow, Derived
from schemas.deadletters import Reason
from wire.zkpush.access import TableRow
from wire.zkpush.attlog import MAX_PIN_BYTES
from wire.zkpush.pairs import decode_base64, read_integer
from wire.zkpush.words import privilege_word

_TEMPLATE_TABLES: Final = {
    "templatev10": "fingerprint",
    "template": "fingerprint",
    "facev7": "face",
    "ssrface7": "face",
}
_PICTURES: Final = frozenset(("userpic", "biophoto"))
_CONTENT_KEYS: Final = ("template", "tmp", "content")


def of_table_row(context: Context, row: TableRow, time: EventTime) -> list[Derived] | DeadRow:
    """Events of one row, or why there is none."""
    if row.table in ("user", "extuser", "mulcarduser", "biodata", "fvtemplate", *_TEMPLATE_TABLES, *_PICTURES):
        pin = row.fields.get("pin", "").strip()
        if not pin:
            return DeadRow(Reason.PIN_MISSING, row.line, row.raw, f"{row.table}: no PIN")
        if len(pin.encode()) > MAX_PIN_BYTES:
            error = f"{row.table}: PIN of {len(pin.encode())} bytes, at most {MAX_PIN_BYTES} are kept"
            return DeadRow(Reason.PIN_TOO_LONG, row.line, row.raw, error)
        if row.table in ("user", "extuser", "mulcarduser"):
            return [_user(context, row, pin)]
        return _biometric(context, row, pin)
    return of_record(context, row.line, row.table.upper() or context.table, row.fields, time, {"charset": row.charset})


def _user(context: Context, row: TableRow, pin: str) -> Derived:
    fields = dict(row.fields)
    del fields["pin"]
    password, card = fields.pop("password", ""), fields.pop("cardno", "")
    own: dict[str, Any] = {"has_password": bool(password.strip()), "has_card": bool(card.strip("[]0 "))}
    item = {"user": "user", "extuser": "extended", "mulcarduser": "card"}[row.table]
    if item == "user":
        privilege = read_integer(fields.pop("privilege", ""))
        own |= {
            "name": fields.pop("name", ""),
            "group": fields.pop("group", ""),
            "privilege": privilege,
            "privilege_word": privilege_word(privilege),
            "verify_mode": read_integer(fields.pop("verify", "")),
        }
    extra = with_notes(published(fields), charset=row.charset)
    secret = own["has_password"] or own["has_card"] or "withheld" in extra
    return person(context, row.line, pin, item, own, extra, row.raw if secret else None, "user")


def _biometric(context: Context, row: TableRow, pin: str) -> list[Derived] | DeadRow:
    fields = dict(row.fields)
    del fields["pin"]
    contents = [text for key in _CONTENT_KEYS if (text := fields.pop(key, ""))]
    content = decode_base64(contents[0].encode("utf-8", "replace")) if contents else b""
    is_picture = row.table in _PICTURES
    if content is None:
        reason = Reason.CONTENT_UNREADABLE if is_picture else Reason.TEMPLATE_UNREADABLE
        return DeadRow(reason, row.line, row.raw, f"{row.table}: what it holds is no base64")
    numbers = {key: read_integer(fields.pop(key, "")) for key in ("fingerid", "faceid", "no", "index", "type", "size")}
    valid, duress = (read_integer(fields.pop(key, "")) for key in ("valid", "duress"))
    major, minor = fields.pop("majorver", ""), fields.pop("minorver", "")
    said = numbers["size"]
    fits = (len(content), len(contents[0]) if contents else 0)
    own = {
        "valid": None if valid is None else valid != 0,
        "duress": True if valid == 3 else None if duress is None else duress != 0,
        "template_version": f"{major}.{minor}" if major and minor else major,
        "template_format": "" if is_picture else fields.pop("format", ""),
        "size": len(content),
        "size_mismatch": said is not None and said not in fits,
    }
    extra = with_notes(published(fields), charset=row.charset)
    kind = "picture" if is_picture else "template"
    return [person(context, row.line, pin, _item(row.table, numbers), own, extra, row.raw, kind)]


def _item(table: str, numbers: dict[str, int | None]) -> str:
    number = next((value for key in ("fingerid", "faceid", "no") if (value := numbers[key]) is not None), 0)
    index, type_code = numbers["index"] or 0, numbers["type"] or 0
    if table in _TEMPLATE_TABLES:
        return f"{_TEMPLATE_TABLES[table]}/{number}"
    if table == "fvtemplate":
        return f"vein/{number}/{index}"
    if table == "userpic":
        return "picture"
    return f"photo/{type_code}" if table == "biophoto" else f"biodata/{type_code}/{number}/{index}"
