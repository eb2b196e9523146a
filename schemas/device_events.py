"""What devices report beside punches, one type per topic, shaped like their ClickHouse tables. Source: DESIGN 2.7, 4.

Flat, integer epoch milliseconds, unknown device fields in the string map `extra`, never dropped; no secret, no
template, no picture: those lie sealed in the store, and `stored` names the object.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs, TimeFlag

DEVICE_EVENT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """What every event of a device has: its id, which copy of it wins, whose it is and where it was read from."""

    v: Annotated[Literal[1], Field(description="version of this shape")]
    event_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="id of what happened, hexadecimal")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="which copy of an id wins: the greatest")]
    tenant: Annotated[str, Field(description="tenant, decided where the record entered")]
    device: Annotated[str, Field(description="serial in upper case")]
    site: Annotated[str, Field(description="site of the device then; empty when the registry names none")]
    received_at: Annotated[EpochMs, Field(description="when the edge received the raw record, epoch ms")]
    raw_topic: Annotated[str, Field(description="raw record that this was read from: topic without prefix")]
    raw_partition: Annotated[int, Field(ge=0, description="its partition")]
    raw_offset: Annotated[int, Field(ge=0, description="its offset")]
    raw_line: Annotated[int, Field(ge=0, description="its 1-based line; 0 is the whole body")]
    request_id: Annotated[str, Field(description="request that carried it")]
    parser_version: Annotated[int, Field(ge=0, description="version of the parser")]
    registry_version: Annotated[int, Field(ge=0, description="registry offset + 1 that site and zone came from, or 0")]
    extra: Annotated[dict[str, str], Field(description="what has no name of its own here, secrets removed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedDeviceEvent(DeviceEvent):
    """An event with a time of the device's clock (spec/timecards.md B3)."""

    local_time: Annotated[
        EpochMs,
        Field(
            description="device-local wall time read as if it were UTC, epoch ms; clamped to 1970-01-01 when outside "
            "2015-01-01 to received + 2 days or when it cannot be read, see `local_text`"
        ),
    ]
    local_text: Annotated[str, Field(description="the time as the device sent it")]
    happened_at: Annotated[
        EpochMs, Field(description="the resolved instant, epoch ms UTC; of receipt when the time cannot be read")
    ]
    utc_offset_s: Annotated[int, Field(description="offset of local time from UTC that was used, seconds")]
    zone: Annotated[str, Field(description="IANA zone that was used")]
    clock: Annotated[str, Field(description="clock mode that was used: `zone` or `fixed:+HH:MM`")]
    time_flags: Annotated[list[TimeFlag], Field(description="what is odd about the time")]


class OperationKind(StrEnum):
    OPERATION = "operation"  # a line of the operation log
    ALARM = "alarm"  # operation 3 with its reason, or 32 duress
    ERROR = "error"  # ERRORLOG
    RECORD = "record"  # a row of a table that has no event type of its own: WORKCODE, SMS, IDCARD, unnamed ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(TimedDeviceEvent):
    """Something that was done at a device, or happened to it: a line of its operation log or error log.

    Rows of tables that have no event type of their own are here too, with kind `record`.
    """

    kind: Annotated[OperationKind, Field(description="`operation`, `alarm`, `error`, or `record`")]
    code: Annotated[
        str,
        Field(description="operation code as sent (vendor document table 2.6); the error code; of a record its table"),
    ]
    word: Annotated[str, Field(description="what the code means; empty when nobody says")]
    alert: Annotated[
        str,
        Field(
            description="kind of alert (duress, tamper, data_cleared, clock_changed, administrator_removed, "
            "factory_reset) or empty"
        ),
    ]
    administrator: Annotated[str, Field(description="PIN of the administrator as sent; `0` is nobody")]
    pin: Annotated[str, Field(description="user whom the operation is about, where the code says so")]
    operands: Annotated[list[str], Field(description="operation objects as sent, secrets removed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(DeviceEvent):
    """A user of a device, or one enrolment of a user, as last seen there. Key: serial + PIN + item."""

    pin: Annotated[str, Field(min_length=1, max_length=64, description="PIN as the device sent it, trimmed")]
    item: Annotated[
        str,
        Field(
            description="what this says: `user`, `fingerprint/<no>`, `face/<no>`, `vein/<no>/<index>`, `picture`, "
            "`photo/<type>`, `biodata/<type>/<no>/<index>`, `extended`; `password`, `card` and `fingerprint` (without "
            "a number) only say that one was removed, `user` removed is all of that PIN"
        ),
    ]
    deleted: Annotated[bool, Field(description="it was removed from the device")]
    name: Annotated[str, Field(description="user's name; only with item `user`")]
    privilege: Annotated[int | None, Field(description="privilege code as sent")]
    privilege_word: Annotated[str, Field(description="normal, inactive, enroller, administrator, ... or empty")]
    group: Annotated[str, Field(description="access group as sent")]
    time_zones: Annotated[str, Field(description="lock-out schedules as sent")]
    verify_mode: Annotated[int | None, Field(description="verify mode of the user as sent")]
    has_password: Annotated[bool, Field(description="a password is set; itself it is sealed in the store")]
    has_card: Annotated[bool, Field(description="a card is registered; its number is sealed in the store")]
    valid: Annotated[bool | None, Field(description="template is valid; null when not said")]
    duress: Annotated[bool | None, Field(description="a duress finger; null when not said")]
    template_version: Annotated[str, Field(description="algorithm version `major.minor` where the device says it")]
    template_format: Annotated[str, Field(description="template format as sent")]
    size: Annotated[int, Field(ge=0, description="bytes of the template or picture; 0 when there is none")]
    size_mismatch: Annotated[bool, Field(description="the size that the device said fits neither reading of it")]
    stored: Annotated[str, Field(description="object in the sealed store that holds the row as sent; empty when none")]


class PhotoKind(StrEnum):
    ATTENDANCE = "attendance"  # somebody passed the check
    FAILED_CHECK = "failed_check"  # somebody did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo(TimedDeviceEvent):
    """Metadata of a picture taken at a punch; the picture lies sealed in the store."""

    kind: Annotated[PhotoKind, Field(description="`attendance`, or `failed_check` when nobody was recognised")]
    pin: Annotated[str, Field(description="whose it is; empty with a failed check")]
    punch_id: Annotated[str, Field(description="the punch of the same PIN and second; empty with a failed check")]
    real_time: Annotated[bool | None, Field(description="sent at once or later; null when the device does not say")]
    sha256: Annotated[str, Field(description="of the picture, hexadecimal")]
    size: Annotated[int, Field(ge=0, description="bytes of the picture")]
    size_mismatch: Annotated[bool, Field(description="the device announced another size")]
    stored: Annotated[str, Field(description="object in the sealed store")]


class AccessKind(StrEnum):
    EVENT = "event"  # rtlog, transactions: somebody or something at a door
    STATE = "state"  # rtstate: sensors, relays and alarms of the doors
    CALL = "call"  # a row of a station's call log
    GAP = "gap"  # rows of a station's log were overwritten or cleared before they could be read


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent(TimedDeviceEvent):
    """What happened at a door, as an access terminal tells it (spec/zk-push.md 2.6 E2, E3)."""

    kind: Annotated[AccessKind, Field(description="`event`, `state`, `call` or `gap`")]
    pin: Annotated[str, Field(description="whose; empty when nobody's")]
    has_card: Annotated[bool, Field(description="a card was read; its number is in the sealed raw record alone")]
    code: Annotated[int | None, Field(description="event code as sent")]
    word: Annotated[str, Field(description="what the code means; empty when nobody says")]
    door: Annotated[str, Field(description="door or event address as sent")]
    in_out: Annotated[int | None, Field(description="in/out state as sent")]
    verify: Annotated[str, Field(description="verify type as sent, a number or a string of bits")]
    verify_word: Annotated[str, Field(description="what it means; empty when nobody says")]
    index: Annotated[str, Field(description="the device's own row number; it can restart")]
    granted: Annotated[bool | None, Field(description="somebody was let through; null when the code does not tell")]
    punch_id: Annotated[str, Field(description="the punch that this event also is; empty when it is none")]
    sensor: Annotated[str, Field(description="door sensors as sent (state)")]
    relay: Annotated[str, Field(description="relays as sent (state)")]
    alarm: Annotated[str, Field(description="alarms as sent (state)")]
