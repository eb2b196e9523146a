"""How a polled source is, as its worker tells the device processor (table CONNECTOR of raw.device)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs
from schemas.polled import SourceStatus

SOURCE_REPORT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """Sent when the state changes, and once a minute while polls succeed: that is its presence."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = SOURCE_REPORT_VERSION
    status: Annotated[SourceStatus, Field(description="how it is")]
    since: Annotated[EpochMs, Field(description="since when, epoch ms")]
    why: Annotated[str, Field(description="in words, no secrets")] = ""
    worker: Annotated[str, Field(description="who polls it")] = ""
    last_good_poll: Annotated[EpochMs | None, Field(description="epoch ms; null when there was none")] = None
    lag_s: Annotated[float | None, Field(description="age of what may not be read yet, seconds")] = None
    rows: Annotated[int, Field(ge=0, description="rows emitted since the worker took it over")] = 0
    errors: Annotated[int, Field(ge=0, description="failed runs since then")] = 0
    skew_s: Annotated[float | None, Field(description="its clock minus ours, seconds")] = None
