"""Fields as servers of several versions send them: a number may be text, a flag 1, true or "1"."""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from wire.biotime.errors import RowUnreadable

Json = dict[str, Any]

_TRUE: Final = ("1", "true", "yes", "y", "on")
_FALSE: Final = ("0", "false", "no", "n", "off")
_INT_LIMIT: Final = 1 << 63


def text_of(value: object) -> str:
    """Trimmed text of a plain value; "" for null and for anything with parts."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return ""


def int_of(value: object) -> int | None:
    """A whole number, also as text or as a float without fraction; None for anything else."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) and value == int(value) else None
    if isinstance(value, str):
        plain = value.strip()
        digits = plain.removeprefix("-")
        value = int(plain) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else None
    return value if isinstance(value, int) and -_INT_LIMIT <= value < _INT_LIMIT else None


def float_of(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def bool_of(value: object) -> bool | None:
    word = text_of(value).lower()
    return True if word in _TRUE else False if word in _FALSE else None


def needed_id(row: Mapping[str, Any], name: str = "id") -> int:
    """Raises RowUnreadable when the row has no whole, positive number there."""
    found = None if isinstance(row.get(name), bool) else int_of(row.get(name))
    if found is None or found < 0:
        raise RowUnreadable(name, f"{name} is not a whole number")
    return found


def needed_text(row: Mapping[str, Any], name: str) -> str:
    """Raises RowUnreadable when the row has nothing there."""
    found = text_of(row.get(name))
    if not found:
        raise RowUnreadable(name, f"{name} is missing or empty")
    return found


def as_row(value: object) -> Json:
    """Raises RowUnreadable for what is no JSON object."""
    if not isinstance(value, dict):
        raise RowUnreadable("row", f"the row is {type(value).__name__}, not a JSON object")
    return value


def extras(row: Mapping[str, Any], known: Collection[str]) -> dict[str, str]:
    """Every other field as text, parts as JSON; null and empty ones say nothing and stay out. Raises RowUnreadable."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if name in known or value is None or value == "":
            continue
        try:
            found[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:
            raise RowUnreadable(name, "a field is nested too deeply") from None
    return found
