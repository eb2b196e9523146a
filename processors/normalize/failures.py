"""Unexpected exceptions without the data that they met: their messages may quote passwords. Source: DESIGN 2.4, 2.7."""

from __future__ import annotations

import traceback
from pathlib import Path

from processors.normalize.records import DeadRow, OnFailure
from schemas.deadletters import Reason


class ConversionFailed(Exception):
    """The type of an exception and the line of code that raised it, nothing else."""


def dead_row(failure: BaseException, line: int, raw: bytes, on_failure: OnFailure) -> DeadRow:
    """The dead letter of a row on which this code itself failed; `on_failure` hears of it first."""
    told = without_content(failure)
    on_failure(told)
    return DeadRow(Reason.INTERNAL_ERROR, line, raw, str(told))


def without_content(failure: BaseException) -> ConversionFailed:
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    ours = next((frame for frame in reversed(frames) if "processors" in frame.filename), None)
    if ours is not None and ours is not frames[-1]:
        place += f", from {Path(ours.filename).name}:{ours.lineno}"
    return ConversionFailed(f"{type(failure).__name__}{place}")
