"""What a polled server itself makes of somebody's day: kept beside ours, for comparison, never counted. Errata B5."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

VENDOR_TIMECARD_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorTimecard:
    """One row of a server's time-card report. Key: source + report + row id; the latest read counts."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = VENDOR_TIMECARD_VERSION
    event_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="id over source, report and row")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="the latest read is the greatest")]
    tenant: Annotated[str, Field(description="tenant")]
    source: Annotated[str, Field(description="`biotime:<server>`")]
    report: Annotated[str, Field(description="`totalTimeCardReport`, `totalTimeCardReportV2` or `total_time_cards`")]
    employee: Annotated[str, Field(description="employee code as the server says")]
    work_date: Annotated[str, Field(description="`YYYY-MM-DD`, or as sent where it is no date")]
    check_in: Annotated[str, Field(description="as sent")] = ""
    check_out: Annotated[str, Field(description="as sent")] = ""
    minutes: Annotated[dict[str, int], Field(description="every duration of the row that could be read, by its name")]
    paycodes: Annotated[dict[str, int], Field(description="every paycode_N, minutes")]
    values: Annotated[dict[str, str], Field(description="every other field as sent")]
    received_at: Annotated[EpochMs, Field(description="when the connector read it, epoch ms")]
    raw_topic: Annotated[str, Field(description="raw record that this was read from")]
    raw_partition: Annotated[int, Field(ge=0, description="its partition")]
    raw_offset: Annotated[int, Field(ge=0, description="its offset")]
    raw_line: Annotated[int, Field(ge=1, description="its 1-based row")]
    parser_version: Annotated[int, Field(ge=0, description="version of the parser")]
