"""A case file as it is read: what all cases share, and the cases. Format: spec/timecards.md section 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


class CaseWrong(ValueError):
    """A case file, case or event that does not have the format; the message says which and why."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    info_codes: frozenset[str]
    default_policy: Mapping[str, Any]
    state_maps: Mapping[str, Mapping[str, str]]
    cases: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """where: the step ("after all events", "check 2", ...); expected, found: as in the file."""

    where: str
    date: str
    key: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class CaseResult:
    """expected, found: what was compared at the end, by date (timecard) or punch (normalize)."""

    id: str
    kind: str
    title: str
    expected: Mapping[str, Any]
    found: Mapping[str, Any]
    differences: tuple[Difference, ...]


def read_case_file(content: bytes) -> CaseFile:
    """Raises CaseWrong when it is no case file."""
    try:
        data = orjson.loads(content)
        cases = tuple(data["cases"])
        file = CaseFile(
            frozenset(data.get("info_codes", ())),
            data.get("default_policy", {}),
            data.get("state_maps", {}),
            cases,
        )
        for case in cases:
            missing = [key for key in ("id", "kind", "zone", "expect") if key not in case]
            if missing:
                raise CaseWrong(f"case {case.get('id', '?')}: {', '.join(missing)} missing")
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise CaseWrong(f"no case file: {error}") from error
    return file
