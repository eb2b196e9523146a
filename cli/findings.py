"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """words: what is so; advice: what to do, empty where nothing is."""

    check: str
    verdict: Literal["good", "bad", "warning", "skipped"]
    words: str
    advice: str = ""
