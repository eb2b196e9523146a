"""Whether a row of the server has what was asked for. Pure. Shapes: spec/connectors.md A3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.execution import Finding
from wire.biotime.values import bool_of, text_of

# Flags that newer servers show inside of `attemployee`, the first one under another name.
_NESTED: Final = {"enable_att": "enable_attendance"}
_INSIDE: Final = "attemployee"


def compare(row: Mapping[str, Any], wanted: Mapping[str, Any], *, new: bool) -> Finding:
    """new: the row is there only because it was asked for, so what it does not show (passwords) proves nothing
    against it; of a change it leaves the outcome open."""
    shown = {name: value for name, value in wanted.items() if _has(row, name)}
    if any(not _same(_of(row, name), value) for name, value in shown.items()):
        return Finding.NOT_DONE
    return Finding.DONE if new or len(shown) == len(wanted) else Finding.CANNOT_TELL


def _has(row: Mapping[str, Any], name: str) -> bool:
    return name in row or _name_inside(row, name) is not None


def _of(row: Mapping[str, Any], name: str) -> Any:
    return row[name] if name in row else row[_INSIDE][_name_inside(row, name)]


def _name_inside(row: Mapping[str, Any], name: str) -> str | None:
    inside = row.get(_INSIDE)
    if not isinstance(inside, dict):
        return None
    return next((one for one in (_NESTED.get(name, name), name) if one in inside), None)


def _same(shown: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        rows = shown if isinstance(shown, list) else [shown]
        return {_plain(one) for one in rows} == {_plain(one) for one in wanted}
    if isinstance(wanted, bool):
        return bool_of(shown) is wanted
    return _plain(shown) == _plain(wanted)


def _plain(value: Any) -> str:
    """Ids of objects, and numbers as text: both come both ways."""
    if isinstance(value, dict):
        return text_of(value.get("id")) or repr(sorted(value))
    return text_of(value)
