"""The notes that travel with polled rows, read back: what was known where they entered. Source: schemas/polled.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from schemas.polled import (
    NOTE_CONFLICTS,
    NOTE_EPOCH,
    NOTE_MANUAL,
    NOTE_OFFSETS,
    NOTE_PUNCHES,
    NOTE_SITE,
    NOTE_SKEW,
    NOTE_UPLOAD_ZONE,
    NOTE_ZONE,
)

_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
_MAX_NOTES: Final = 100


@dataclass(frozen=True, slots=True)
class Notes:
    """epoch: of the row ids, from 1; zone, upload_zone: IANA names, empty when not said; offsets: serial in upper case
    to the learnt offset in seconds east of UTC; conflicts: serials whose server names another zone; manual: manual rows
    are no attendance (errata B4); punches: relay or `*` to `in`, `out`, `alternate`; skew_s: the station's clock minus
    ours."""

    epoch: int = 1
    zone: str = ""
    upload_zone: str = ""
    site: str = ""
    offsets: Mapping[str, int] = field(default_factory=dict)
    conflicts: frozenset[str] = frozenset()
    manual: bool = False
    punches: Mapping[str, str] = field(default_factory=dict)
    skew_s: float | None = None


def parse_notes(query: str) -> Notes:
    """From the url-encoded header. Never raises: a note that cannot be read is one that was not made."""
    try:
        said = dict(parse_qsl(query, errors="replace", max_num_fields=_MAX_NOTES))
    except ValueError:
        said = {}
    epoch, skew = said.get(NOTE_EPOCH, ""), said.get(NOTE_SKEW, "")
    return Notes(
        epoch=max(1, int(epoch)) if _NUMBER.fullmatch(epoch) else 1,
        zone=said.get(NOTE_ZONE, ""),
        upload_zone=said.get(NOTE_UPLOAD_ZONE, ""),
        site=said.get(NOTE_SITE, ""),
        offsets={
            serial.upper(): int(seconds)
            for serial, seconds in _pairs(said.get(NOTE_OFFSETS, ""))
            if _NUMBER.fullmatch(seconds)
        },
        conflicts=frozenset(serial.strip().upper() for serial in said.get(NOTE_CONFLICTS, "").split(",")) - {""},
        manual=said.get(NOTE_MANUAL, "") == "1",
        punches=dict(_pairs(said.get(NOTE_PUNCHES, ""))),
        skew_s=float(skew) if _DECIMAL.fullmatch(skew) else None,
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    """`T1:14400,T2:19800`."""
    split = (piece.rpartition(":") for piece in text.split(","))
    return [(name.strip(), value.strip()) for name, _, value in split if name.strip()]
