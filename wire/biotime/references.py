"""What a row refers to: an object, a bare id, or an id with its name beside it, depending on version and call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wire.biotime.values import text_of


@dataclass(frozen=True, slots=True)
class Ref:
    """`id` is text: a number on-premises, a UUID in the cloud."""

    id: str
    code: str = ""
    name: str = ""


def ref_of(value: object, code_field: str = "", name_field: str = "", name: object = None) -> Ref | None:
    """None for null or for an object without an id. `name`: the row's own name field beside a bare id."""
    if isinstance(value, dict):
        number = text_of(value.get("id"))
        return Ref(number, text_of(value.get(code_field)), text_of(value.get(name_field))) if number else None
    number = text_of(value)
    return Ref(number, "", text_of(name)) if number and not isinstance(value, bool) else None


def company_of(row: Mapping[str, Any]) -> str:
    """Its UUID: `company` is an object in some lists and text in others; "" on-premises."""
    value = row.get("company")
    return text_of(value.get("id") if isinstance(value, dict) else value)
