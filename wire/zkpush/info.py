"""The INFO parameter of a poll: what a device says of itself (document 2.4.5, spec/zk-push.md D1)."""

import re
from typing import Final, NamedTuple

_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_KNOWN_FIELDS: Final = 10


class DeviceInfo(NamedTuple):
    """Fields that are missing, blank or no integer are None; counts may be negative (-1, -12: not supported).

    `faces_per_enrolment` comes only with ten fields, between face version and face count. `flags` is text: one
    character per function, 1 for "has it". `tail` holds what comes after the tenth field.
    """

    firmware: str
    users: int | None = None
    fingerprints: int | None = None
    transactions: int | None = None
    ip: str | None = None
    fingerprint_version: int | None = None
    face_version: int | None = None
    faces_per_enrolment: int | None = None
    faces: int | None = None
    flags: str | None = None
    tail: tuple[str, ...] = ()


def parse_info(text: str) -> DeviceInfo:
    """INFO with 5 fields (old agents) to 10 (newer firmware); `text` is form-decoded. Never raises."""
    fields = [field.strip() for field in text.split(",")]
    tail = tuple(fields[_KNOWN_FIELDS:])
    if len(fields) < _KNOWN_FIELDS:
        fields.insert(7, "")  # the document's nine fields have no faces_per_enrolment
    fields += [""] * (_KNOWN_FIELDS - len(fields))
    firmware, users, fingerprints, transactions, ip, finger, face, per_enrolment, faces, flags = fields[:_KNOWN_FIELDS]
    return DeviceInfo(
        firmware,
        _integer(users),
        _integer(fingerprints),
        _integer(transactions),
        ip or None,
        _integer(finger),
        _integer(face),
        _integer(per_enrolment),
        _integer(faces),
        flags or None,
        tail,
    )


def _integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None
