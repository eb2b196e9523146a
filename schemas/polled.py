"""What connectors write to the raw topics: the `table` of each kind of record, and the notes that travel with it.

A body is a JSON array of the rows as polled that were not emitted yet (DESIGN 4). Fields that a connector took out are
named in the header `redacted`; fields that it added begin with `@`. Notes travel in the header `query`, url-encoded.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

SERVER_PREFIX: Final = "biotime:"
STATION_PREFIX: Final = "akuvox:"


class PolledTable(StrEnum):
    """The header `table` of a connector's raw record. A closed set."""

    # raw.attendance
    BIOTIME_TRANSACTIONS = "BIOTIME/TRANSACTIONS"
    AKUVOX_DOORLOG = "AKUVOX/DOORLOG"  # rows oldest first; `Code` is a keyed hash; `@user` is the UserID where known
    AKUVOX_CALLLOG = "AKUVOX/CALLLOG"
    AKUVOX_HINT = "AKUVOX/HINT"  # action URLs of a station without a log: origin webhook, lossy
    GAP = "GAP"  # one object: log, last_known, oldest_available, num, why
    WATERMARKS = "WATERMARKS"  # [{"device": serial, "watermark": epoch ms}], after the rows that it speaks for
    # raw.device
    BIOTIME_TERMINALS = "BIOTIME/TERMINALS"
    AKUVOX_INFO = "AKUVOX/INFO"  # one object: {"info": data of system/info, "status": data of system/status, "@at": ms}
    AKUVOX_SAMPLE = "AKUVOX/SAMPLE"  # one object: {"input": ..., "relay": ..., "call": ...}
    CONNECTOR = "CONNECTOR"  # one object: how the source is (SourceReport)
    # raw.operations (sealed)
    BIOTIME_EMPLOYEES = "BIOTIME/EMPLOYEES"
    BIOTIME_DEPARTMENTS = "BIOTIME/DEPARTMENTS"
    BIOTIME_AREAS = "BIOTIME/AREAS"
    BIOTIME_POSITIONS = "BIOTIME/POSITIONS"
    BIOTIME_MANUAL_LOGS = "BIOTIME/MANUAL_LOGS"
    BIOTIME_MOBILE = "BIOTIME/MOBILE"
    BIOTIME_TIMECARDS = "BIOTIME/TIMECARDS"
    AKUVOX_USERS = "AKUVOX/USERS"
    AKUVOX_SCHEDULES = "AKUVOX/SCHEDULES"

    @property
    def topic(self) -> str:
        return _TOPICS[self]


_ATTENDANCE: Final = (
    PolledTable.BIOTIME_TRANSACTIONS, PolledTable.AKUVOX_DOORLOG, PolledTable.AKUVOX_CALLLOG, PolledTable.AKUVOX_HINT,
    PolledTable.GAP, PolledTable.WATERMARKS,
)  # fmt: skip
_DEVICE: Final = (
    PolledTable.BIOTIME_TERMINALS, PolledTable.AKUVOX_INFO, PolledTable.AKUVOX_SAMPLE, PolledTable.CONNECTOR,
)  # fmt: skip
_TOPICS: Final = {
    table: "raw.attendance" if table in _ATTENDANCE else "raw.device" if table in _DEVICE else "raw.operations"
    for table in PolledTable
}

# Notes: what was known where the rows entered, so that a replay reads them alike.
NOTE_EPOCH: Final = "epoch"  # of the source's row ids: a positive number
NOTE_ZONE: Final = "zone"  # IANA zone of the server or station, from the settings
NOTE_OFFSETS: Final = "offsets"  # `T1:14400,T2:19800`: learnt UTC offsets in seconds of terminals unlike their server
NOTE_CONFLICTS: Final = "conflicts"  # `T1,T3`: terminals whose terminal_tz is not what was learnt
NOTE_MANUAL: Final = "manual"  # `1`: the manual-log reader is on, so manual rows are not attendance (errata B4)
NOTE_UPLOAD_ZONE: Final = "upload_zone"  # IANA zone of upload_time
NOTE_SITE: Final = "site"  # of the station, from the settings
NOTE_PUNCHES: Final = "punches"  # `1:in,2:out,*:alternate`: which readers (relays) of a station count as punches
NOTE_SKEW: Final = "skew"  # seconds, the station's clock minus ours
NOTE_LOG: Final = "log"  # `door` or `call`


class SourceStatus(StrEnum):
    """How a polled server or station is. A closed set: it is a metric label."""

    STARTING = "starting"
    OK = "ok"
    PAUSED = "paused"  # by an operator
    AUTH_FAILED = "auth_failed"
    LICENCE_MISSING = "licence_missing"
    API_BLOCKED = "api_blocked"  # 403 without a challenge: its allow-list does not name us
    DIALECT_WEB = "dialect_web"  # 308: this firmware has no HTTP API here
    UNREACHABLE = "unreachable"
    FAULT = "fault"  # it answers what no document describes: HTML, 5xx, a broken page
    WRONG_STATION = "wrong_station"  # another MAC at the address
    NEEDS_EPOCH = "needs_epoch"  # its row ids began anew: an operator must say from when (new-epoch)
    GAP = "gap"  # rows were overwritten or cleared before they could be read; it goes on
