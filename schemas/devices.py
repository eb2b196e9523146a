"""What the device processor reads (`device.input`) and what it says of each device (`devices`). Source: DESIGN 4, 6."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs
from schemas.polled import SourceStatus

DEVICE_INPUT_VERSION: Final = 1
DEVICE_STATE_VERSION: Final = 1


class InputKind(StrEnum):
    """What a `device.input` record tells. A closed set."""

    HANDSHAKE = "handshake"
    PRESENCE = "presence"  # it polled; at most one record a minute, at once when INFO changed
    STRANGER = "stranger"  # a device that is not served spoke to an edge
    UPLOAD = "upload"  # uploads of one table, summed over a few records
    OPTIONS = "options"  # options or INFO answer: name to value, secrets removed
    RESULT = "result"  # it answered a command
    ALERT = "alert"  # an operation that somebody should hear of
    REFUSED = "refused"  # the edge refused a request of it
    TICK = "tick"  # an edge was alive at this time: the clock of the stream; device is `edge:<id>`
    SOURCE = "source"  # a worker tells how a polled server or station is; device is the source itself
    TERMINAL = "terminal"  # a polled server tells of a terminal behind it
    SAMPLE = "sample"  # inputs, relays and call of a polled station, as they were at this time
    WATERMARK = "watermark"  # up to when a device has surely told everything


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInput:
    """One thing that a device did. Fields that a kind does not use are empty."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = DEVICE_INPUT_VERSION
    kind: Annotated[InputKind, Field(description="what this tells")]
    tenant: Annotated[str, Field(description="tenant of the raw record")]
    device: Annotated[str, Field(description="serial in upper case, or `edge:<id>`")]
    site: Annotated[str, Field(description="site then; empty when the registry names none")] = ""
    zone: Annotated[str, Field(description="IANA zone of the device then")] = ""
    clock: Annotated[str, Field(description="clock mode of the device then")] = ""
    at: Annotated[EpochMs, Field(description="when the edge received it, epoch ms")]
    edge: Annotated[str, Field(description="edge that received it")] = ""
    raw_topic: Annotated[str, Field(description="raw record, the last one where several are summed")] = ""
    raw_partition: Annotated[int, Field(ge=0, description="its partition")] = 0
    raw_offset: Annotated[int, Field(ge=0, description="its offset")] = 0
    table: Annotated[str, Field(description="upload: table; refused and stranger: reason")] = ""
    stamp: Annotated[str, Field(description="upload: the last stamp, opaque text")] = ""
    rows: Annotated[int, Field(ge=0, description="upload: rows; result: return code when not negative")] = 0
    newest_at: Annotated[EpochMs | None, Field(description="upload: greatest instant of its rows, epoch ms UTC")] = None
    real_time: Annotated[bool, Field(description="upload: few rows, none older than minutes: no backlog")] = False
    punches_by_hour: Annotated[
        dict[str, int], Field(description="upload of attendance: punches per local `YYYY-MM-DDTHH`")
    ] = Field(default_factory=dict)
    query: Annotated[dict[str, str], Field(description="handshake: its parameters, secrets removed")] = Field(
        default_factory=dict
    )
    info: Annotated[str, Field(description="presence: the INFO parameter as sent")] = ""
    options: Annotated[dict[str, str], Field(description="options: name to value, secrets removed")] = Field(
        default_factory=dict
    )
    word: Annotated[
        str, Field(description="alert: its kind; result: name of the command or its own word; source: its status")
    ] = ""
    via: Annotated[str, Field(description="source that was polled for this; empty when the device itself spoke")] = ""
    since: Annotated[EpochMs | None, Field(description="source: since when the status holds, epoch ms")] = None
    seen_at: Annotated[
        EpochMs | None, Field(description="source: last good poll; terminal: its last activity there; epoch ms")
    ] = None
    lag_s: Annotated[float | None, Field(description="source: age of what may not be read yet, seconds")] = None
    errors: Annotated[int, Field(ge=0, description="source: failed runs")] = 0
    skew_s: Annotated[float | None, Field(description="source, options: its clock minus ours, seconds")] = None
    uptime_s: Annotated[int | None, Field(ge=0, description="options: seconds since it was started")] = None
    utc_offset_s: Annotated[
        int | None, Field(description="terminal: offset of its clock as learnt from its punches, seconds")
    ] = None
    tz_conflict: Annotated[bool, Field(description="terminal: its server names another zone than its punches show")] = (
        False
    )
    watermark: Annotated[
        EpochMs | None, Field(description="watermark: up to when it has surely told everything, epoch ms UTC")
    ] = None


class DeviceStatus(StrEnum):
    PENDING = "pending"  # it knocks, the registry does not name it
    ONLINE = "online"
    SILENT = "silent"  # online, but without the punches of its usual hours
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """What is known of one device now. Key: serial. `rank` rises with every change."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = DEVICE_STATE_VERSION
    device: Annotated[str, Field(description="serial in upper case")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="input offset + 1: the greatest is the newest")]
    tenant: Annotated[str, Field(description="tenant")]
    site: Annotated[str, Field(description="site; empty when the registry names none")]
    status: Annotated[DeviceStatus, Field(description="pending, online, silent or offline, by the stream's clock")]
    status_since: Annotated[EpochMs, Field(description="since when, epoch ms")]
    updated_at: Annotated[EpochMs, Field(description="the stream's clock at this change, epoch ms")]
    first_seen: Annotated[EpochMs, Field(description="first request that was recorded, epoch ms")]
    last_seen: Annotated[EpochMs, Field(description="last request that was recorded, epoch ms")]
    last_handshake: Annotated[EpochMs | None, Field(description="last handshake, epoch ms")] = None
    last_upload: Annotated[EpochMs | None, Field(description="last upload of any table, epoch ms")] = None
    last_punch_at: Annotated[EpochMs | None, Field(description="greatest instant of a punch, epoch ms")] = None
    last_error: Annotated[str, Field(description="last refusal or error in words")] = ""
    last_error_at: Annotated[EpochMs | None, Field(description="when, epoch ms")] = None
    last_alert: Annotated[str, Field(description="last alert-worthy operation")] = ""
    last_alert_at: Annotated[EpochMs | None, Field(description="when, epoch ms")] = None
    edge: Annotated[str, Field(description="edge that it spoke to last")] = ""
    dialect: Annotated[str, Field(description="`att` or `acc`, from its DeviceType")] = ""
    push_version: Annotated[str, Field(description="pushver of its handshake")] = ""
    firmware: Annotated[str, Field(description="firmware as it says")] = ""
    ip: Annotated[str, Field(description="its own address as it says")] = ""
    language: Annotated[str, Field(description="language id of its handshake")] = ""
    users: Annotated[int | None, Field(description="users that it holds")] = None
    fingerprints: Annotated[int | None, Field(description="fingerprints that it holds")] = None
    faces: Annotated[int | None, Field(description="faces that it holds")] = None
    transactions: Annotated[int | None, Field(description="attendance records that it holds")] = None
    transaction_capacity: Annotated[int | None, Field(description="attendance records that it can hold")] = None
    fill_percent: Annotated[float | None, Field(description="how full its attendance memory is")] = None
    days_until_full: Annotated[
        float | None, Field(description="days until it overwrites its oldest records, at its usual rate")
    ] = None
    skew_s: Annotated[int | None, Field(description="its clock minus ours in seconds, from real-time uploads")] = None
    skew_at: Annotated[EpochMs | None, Field(description="when that was seen, epoch ms")] = None
    time_zone_form: Annotated[
        Literal["integer", "hh_mm"], Field(description="how TimeZone is written for it (errata Z4)")
    ] = "integer"
    time_zone_form_switched_at: Annotated[
        EpochMs | None, Field(description="when a skew of whole hours made us switch the form; at most once")
    ] = None
    stamps: Annotated[dict[str, str], Field(description="last stamp per table, opaque text")] = Field(
        default_factory=dict
    )
    options: Annotated[dict[str, str], Field(description="its options as last reported, secrets removed")] = Field(
        default_factory=dict
    )
    via: Annotated[
        str,
        Field(description="whose word the status is: empty its own uploads and polls, else the source that is polled"),
    ] = ""
    polled_by: Annotated[
        str,
        Field(description="source that is polled for it, also while its own uploads tell its status; empty for none"),
    ] = ""
    model: Annotated[str, Field(description="what it calls its model")] = ""
    mac: Annotated[str, Field(description="its MAC address as it says")] = ""
    uptime_s: Annotated[int | None, Field(description="seconds since it was started, when last said")] = None
    last_activity: Annotated[EpochMs | None, Field(description="last activity that its server knows of, epoch ms")] = (
        None
    )
    utc_offset_s: Annotated[int | None, Field(description="offset of its clock as learnt from its punches")] = None
    tz_conflict: Annotated[bool, Field(description="its server names another zone than its punches show")] = False
    watermark: Annotated[
        EpochMs | None, Field(description="up to when it has surely told everything, epoch ms UTC; it never goes back")
    ] = None
    sample: Annotated[dict[str, str], Field(description="inputs, relays and call of a station as last sampled")] = (
        Field(default_factory=dict)
    )
    sampled_at: Annotated[EpochMs | None, Field(description="when, epoch ms")] = None
    source_status: Annotated[
        SourceStatus | None, Field(description="how a polled server or station is; null for what is none")
    ] = None
    source_since: Annotated[EpochMs | None, Field(description="since when, epoch ms")] = None
    source_why: Annotated[str, Field(description="in words, no secrets")] = ""
    source_worker: Annotated[str, Field(description="who polls it")] = ""
    last_good_poll: Annotated[
        EpochMs | None, Field(description="last poll that was answered as it should, epoch ms")
    ] = None
    lag_s: Annotated[float | None, Field(description="age of what may not be read yet, seconds")] = None
    source_rows: Annotated[int, Field(ge=0, description="rows read since the worker took it over")] = 0
    source_errors: Annotated[int, Field(ge=0, description="failed runs since then")] = 0
