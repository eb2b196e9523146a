"""From what one device reported of a person to the command that gives it to another. Pure.

A device says the versions of its algorithms in its options (FPVersion, FaceVersion, ...) or in the templates that it
uploads; what neither says is unknown, and counts as another version.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingest.commands.orders import Order
from schemas.codec import NotAnEvent, decode_event
from schemas.device_events import Person
from schemas.identity import normal_pin
from wire.zkpush.operlog import parse_table
from wire.zkpush.rows import PictureRow, TemplateRow, UserRow

KINDS: Final = ("user", "fingerprint", "face", "vein", "biodata", "picture", "photo")
# The options in which devices say the version of an algorithm, by kind; for unified templates by their type.
_VERSION_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "fingerprint": ("FPVersion", "~ZKFPVersion", "ZKFPVersion"),
    "face": ("FaceVersion", "ZKFaceVersion"),
    "vein": ("FvVersion", "FVVersion"),
}
_MULTI: Final = "MultiBioVersion"  # one version a type, parted by ":" (newer firmware)
_TABLES: Final = {"fingerprint": "FP", "face": "FACE", "vein": "FVEIN", "biodata": "BIODATA", "picture": "USERPIC"}
_VERSIONED: Final = frozenset(("fingerprint", "face", "vein", "biodata"))


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class CopyItem:
    """One thing of a person; row: the line as its device sent it, empty when nothing of it is sealed."""

    person: Person
    row: bytes
    refusal: Refused | None = None

    @property
    def kind(self) -> str:
        return kind_of(self.person.item)


def kind_of(item: str) -> str:
    """One of KINDS, or another word for items that are not copied."""
    return item.partition("/")[0]


def roster_of(records: Iterable[Any]) -> dict[str, dict[str, Person]]:
    """Records of the topic `people` of one device as what holds now: normal PIN to item to its last word."""
    people: dict[str, dict[str, Person]] = {}
    for record in records:
        if record.value is None:
            continue
        try:
            person = decode_event(Person, record.value)
        except NotAnEvent:
            continue  # of a later version: it is not copied
        items = people.setdefault(normal_pin(person.pin), {})
        known = items.get(person.item)
        if known is None or person.rank >= known.rank:
            items[person.item] = person
    return {pin: left for pin, items in people.items() if (left := left_of(items))}


def left_of(items: dict[str, Person]) -> dict[str, Person]:
    """Without what was removed: a removed user takes everything older along, `fingerprint` all fingers."""
    gone = {item: person.rank for item, person in items.items() if person.deleted}
    return {
        item: person
        for item, person in items.items()
        if not person.deleted and person.rank > max(gone.get("user", -1), gone.get(kind_of(item), -1))
    }


def version_of_type(options: Mapping[str, str], roster: Mapping[str, Mapping[str, Person]]) -> dict[str, str]:
    """The versions of a device's algorithms: by kind, and of unified templates by `biodata/<type>`."""
    versions: dict[str, str] = {}
    for items in roster.values():
        for item, person in items.items():
            if kind_of(item) == "biodata" and person.template_version:
                versions[_algorithm(item)] = person.template_version
    for number, version in enumerate(options.get(_MULTI, "").split(":")):
        if version.strip("0. "):
            versions[f"biodata/{number}"] = version.strip()
    for kind, names in _VERSION_OPTIONS.items():
        said = next((options[name].strip() for name in names if options.get(name, "").strip("0 ")), "")
        if said:
            versions[kind] = said
    return versions


def template_refusal(item: CopyItem, source: Mapping[str, str], target: Mapping[str, str]) -> Refused | None:
    """Why a template may not go; None when it may, or when the item is no template."""
    if item.kind not in _VERSIONED:
        return None
    algorithm = _algorithm(item.person.item)
    own = item.person.template_version or source.get(algorithm, "")
    other = target.get(algorithm, "")
    if not own or not other:
        whose = "this device's" if not own else "the other device's"
        return Refused(f"{whose} template version of {algorithm} is not known: device.info asks for it")
    if not _same_version(own, other):
        return Refused(f"templates of {algorithm} are of version {own} here and {other} there")
    return None


def order_of(item: CopyItem, serial: str) -> Order | Refused:
    """The command that gives the item to a device."""
    if item.kind == "user":
        return _user_order(item, serial)
    table = _TABLES.get(item.kind, "BIOPHOTO" if item.kind == "photo" else "")
    if not table:
        return Refused(f"{item.person.item} is nothing that can be copied")
    row = next(iter(parse_table(table, item.row).rows), None)
    if isinstance(row, TemplateRow) and row.template:
        return _template_order(row, serial)
    if isinstance(row, PictureRow) and row.content:
        content = base64.b64encode(row.content).decode()
        if row.tag == "USERPIC":
            return Order(serial, "picture.update", {"pin": row.pin, "content": content})
        return Order(serial, "biophoto.update", {"pin": row.pin, "type": row.type or 0, "content": content})
    return Refused("what is kept of it is not readable as the device would have sent it")


def _user_order(item: CopyItem, serial: str) -> Order:
    """Schedules and the group belong to a device's own settings, and are not copied; passwords and cards are."""
    person = item.person
    arguments: dict[str, str | int] = {"pin": person.pin, "name": person.name}
    if person.privilege is not None:
        arguments["privilege"] = person.privilege
    row = next(iter(parse_table("USERINFO", item.row).rows), None) if item.row else None
    if isinstance(row, UserRow):
        if row.password.strip():
            arguments["password"] = row.password.strip()
        if person.has_card:
            arguments["card"] = row.card
    return Order(serial, "user.update", arguments)


def _template_order(row: TemplateRow, serial: str) -> Order | Refused:
    arguments: dict[str, str | int] = {"pin": row.pin, "template": row.template.decode("ascii", "replace")}
    if row.valid is not None:
        arguments["valid"] = row.valid
    number, index = row.number or 0, row.sample_index or 0
    match row.tag:
        case "FP":
            return Order(serial, "fingerprint.update", {**arguments, "finger": number})
        case "FACE":
            return Order(serial, "face.update", {**arguments, "face": number})
        case "FVEIN":
            return Order(serial, "finger_vein.update", {**arguments, "finger": number, "index": index})
    if row.type is None or row.major_version is None or row.minor_version is None:
        return Refused("the template says neither its type nor its version")
    arguments |= {"number": number, "index": index, "type": row.type}
    arguments |= {"major_version": row.major_version, "minor_version": row.minor_version, "format": row.format or 0}
    if row.duress is not None:
        arguments["duress"] = row.duress
    return Order(serial, "biodata.update", arguments)


def _algorithm(item: str) -> str:
    """What versions are compared by: the kind, and the type of a unified template."""
    return "/".join(item.split("/")[:2]) if kind_of(item) == "biodata" else kind_of(item)


def _same_version(one: str, other: str) -> bool:
    """`10` and `10.0` are one."""
    return [int(p) if p.isdigit() else p for p in _parts(one)] == [int(p) if p.isdigit() else p for p in _parts(other)]


def _parts(version: str) -> list[str]:
    parts = version.strip().split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return parts
