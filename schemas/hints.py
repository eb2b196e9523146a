"""An action URL of a door station, as it reaches the edge: "poll me now" (topic `hints`).

A hint is no record: whoever polls the station reads its log. Only of a station without a log does an event come from
its hints, marked as such. Source: spec/connectors.md B-3.9.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

HINT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One call of an action URL. Key: the station."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = HINT_VERSION
    station: Annotated[str, Field(pattern="^akuvox:[0-9A-F]{12}$", description="`akuvox:<mac>`")]
    at: Annotated[EpochMs, Field(description="when the edge received it, epoch ms")]
    params: Annotated[
        dict[str, str], Field(description="what the station said, by allow-list: no codes, no card numbers")
    ] = Field(default_factory=dict)
