"""Derived events, one type per topic, in the shape of their ClickHouse tables. Source: DESIGN 2.3, 4, 5, 7.

Flat, integer epoch milliseconds, unknown device fields in the string map `extra`, never dropped.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

PUNCH_VERSION = 1

EpochMs = Annotated[int, Field(ge=-62_135_596_800_000, le=253_402_300_799_999)]


class TimeFlag(StrEnum):
    """What is odd about a punch's time. Sources: spec/timecards.md B3, DESIGN 5."""

    AMBIGUOUS_LOCAL_TIME = "AMBIGUOUS_LOCAL_TIME"
    NONEXISTENT_LOCAL_TIME = "NONEXISTENT_LOCAL_TIME"
    FUTURE_PUNCH = "FUTURE_PUNCH"
    PAST_PUNCH = "PAST_PUNCH"
    ZONE_ASSUMED = "ZONE_ASSUMED"
    QUARANTINED = "QUARANTINED"
    LATE = "LATE"  # it reached its server more than a day after it was made (spec/connectors.md B-2.11)
    TZ_CONFLICT = "TZ_CONFLICT"  # the server names another zone for the terminal than its punches show
    SKEW = "SKEW"  # the station's clock was more than a minute off ours when this was read


@dataclass(frozen=True, slots=True)
class Punch:
    """One row of one upload that says that somebody stood at a clock.

    Several copies of a punch share `event_id`; the one with the greatest `rank` counts.
    """

    v: Annotated[Literal[1], Field(description="version of this shape")]
    event_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="the punch id (decisions/0001), hexadecimal")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="which copy of an id wins (decisions/0001)")]
    tenant: Annotated[str, Field(description="tenant, decided where the record entered")]
    device: Annotated[str, Field(description="serial in upper case")]
    site: Annotated[str, Field(description="site of the device at the punch; empty when the registry names none")]
    pin: Annotated[str, Field(min_length=1, max_length=64, description="PIN as the device sent it, trimmed")]
    local_time: Annotated[
        EpochMs,
        Field(
            description="device-local wall time read as if it were UTC, epoch ms; clamped to 1970-01-01 (the "
            "quarantine partition) when outside 2015-01-01 to received + 2 days, see `time_flags` and `local_text`"
        ),
    ]
    local_text: Annotated[str, Field(description="the time as the device sent it")]
    punch_at: Annotated[EpochMs, Field(description="the resolved instant, epoch ms UTC")]
    utc_offset_s: Annotated[int, Field(description="offset of local time from UTC that was used, seconds")]
    zone: Annotated[str, Field(description="IANA zone that was used")]
    clock: Annotated[str, Field(description="clock mode that was used: `zone` or `fixed:+HH:MM`")]
    time_flags: Annotated[list[TimeFlag], Field(description="what is odd about the time")]
    state: Annotated[int | None, Field(description="attendance state code as sent; null when absent or no number")]
    verify: Annotated[int | None, Field(description="verify code as sent; null when absent or no number")]
    # Not in records of parser version 1, which are still to be read.
    verify_word: Annotated[
        str, Field(description="what the code means, by the device's verify map; empty when nobody says")
    ] = field(default="", kw_only=True)
    unverified: Annotated[
        bool, Field(description="nobody was verified: a PIN was keyed in or a badge held up, no more")
    ] = field(default=False, kw_only=True)
    work_code: Annotated[str, Field(description="work code as sent")]
    job_codes: Annotated[list[str], Field(max_length=6, description="job codes 1 to 6 as sent")]
    tip_codes: Annotated[list[str], Field(max_length=3, description="tip codes 1 to 3 as sent")]
    is_attendance: Annotated[bool, Field(description="false: stored, but never counted into hours")]
    not_attendance_reason: Annotated[str, Field(description="why `is_attendance` is false, else empty")]
    source: Annotated[Literal["push", "poll"], Field(description="the way this copy came")]
    source_ref: Annotated[str, Field(description="the source's own row id, where it has one")]
    received_at: Annotated[EpochMs, Field(description="when the edge or connector received the raw record, epoch ms")]
    raw_topic: Annotated[str, Field(description="raw record that this was read from: topic without prefix")]
    raw_partition: Annotated[int, Field(ge=0, description="its partition")]
    raw_offset: Annotated[int, Field(ge=0, description="its offset")]
    raw_line: Annotated[int, Field(ge=1, description="its 1-based line")]
    request_id: Annotated[str, Field(description="request that carried it")]
    parser_version: Annotated[int, Field(ge=0, description="version of the parser")]
    registry_version: Annotated[
        int, Field(ge=0, description="registry offset + 1 that site and zone came from, else 0")
    ]
    extra: Annotated[dict[str, str], Field(description="columns without a name of their own: `c8`, `charset`, ...")]
