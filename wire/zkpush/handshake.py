"""What the server answers: handshake options, time, acknowledgements (document 2.2 to 2.4, spec/zk-push.md 2.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from wire.zkpush.errors import OptionsInvalid
from wire.zkpush.target import SERIAL

PLAIN_OK: Final = b"OK"  # for an idle poll too: with a line end some firmware takes it for a command (D3)
UNKNOWN_DEVICE: Final = b"UNKNOWN DEVICE\n"  # the device shakes hands again (H1, D16)

MAX_TRANS_FLAG: Final = 90  # characters, document 2.2
MAX_TRANS_TIMES: Final = 10
TRANS_WORDS: Final = (
    *("AttLog", "OpLog", "AttPhoto", "EnrollUser", "ChgUser", "EnrollFP", "ChgFP"),
    *("FPImag", "EnrollFACE", "ChgFACE", "FACE", "UserPic"),
)
_NEED_OP_LOG: Final = frozenset(("EnrollUser", "ChgUser", "EnrollFP", "ChgFP", "FPImag"))
_LEGACY_STAMPS: Final = {"ATTLOG": "Stamp", "OPERLOG": "OpStamp", "ATTPHOTO": "PhotoStamp"}

_STAMP = re.compile(r"[0-9A-Za-z:._+ -]{1,40}")
_TABLE = re.compile(r"[A-Z0-9_]{1,24}")
_TRANS_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_SERVER_VERSION = re.compile(r"[0-9A-Za-z._ -]{1,40}")


class TimeZoneForm(StrEnum):
    """How TimeZone is written; firmware differs and the document misleads (errata Z4, H9)."""

    INTEGER = "integer"  # whole hours, or minutes where the offset has a fraction of an hour
    HH_MM = "hh_mm"  # -05:00, as the document prints it


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """What one device is told at its handshake. Raises `OptionsInvalid` naming the option that breaks a rule.

    `utc_offset_s` is the device's present offset east of UTC in seconds. `stamps` maps a table to the last stamp that
    the device itself sent, opaque text; a table that is missing there keeps the device's own mark. `resend` names the
    tables that an operator wants in full once more (stamp 0).
    """

    utc_offset_s: int
    error_delay_s: int = 60
    delay_s: int = 30
    trans_times: tuple[str, ...] = ()
    trans_interval_min: int = 0
    trans_words: tuple[str, ...] = TRANS_WORDS[:7]
    realtime: bool = True
    time_zone_form: TimeZoneForm = TimeZoneForm.INTEGER
    timeout_s: int = 60
    sync_time_s: int = 3600
    server_version: str = "3.2.0"
    stamps: Mapping[str, str] = field(default_factory=dict)
    resend: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = [word for word in self.trans_words if word not in TRANS_WORDS]
        if unknown:
            raise OptionsInvalid(f"TransFlag: {unknown[0]!r} is not one of {', '.join(TRANS_WORDS)}")
        needing = [word for word in self.trans_words if word in _NEED_OP_LOG]
        if needing and "OpLog" not in self.trans_words:
            raise OptionsInvalid(f"TransFlag: {needing[0]} is uploaded with the operation log; add OpLog")
        if len(_trans_flag(self)) > MAX_TRANS_FLAG:
            raise OptionsInvalid(
                f"TransFlag: {len(_trans_flag(self))} characters, at most {MAX_TRANS_FLAG}; drop words"
            )
        if len(self.trans_times) > MAX_TRANS_TIMES:
            raise OptionsInvalid(f"TransTimes: {len(self.trans_times)} times, at most {MAX_TRANS_TIMES}")
        for time in self.trans_times:
            if not _TRANS_TIME.fullmatch(time):
                raise OptionsInvalid(f"TransTimes: {time!r} is not hh:mm")
        for name in ("error_delay_s", "delay_s", "trans_interval_min", "timeout_s", "sync_time_s"):
            if getattr(self, name) < 0:
                raise OptionsInvalid(f"{name}: {getattr(self, name)} is negative")
        if abs(self.utc_offset_s) > 14 * 3600:
            raise OptionsInvalid(f"utc_offset_s: {self.utc_offset_s} is more than 14 hours")
        if not _SERVER_VERSION.fullmatch(self.server_version):
            raise OptionsInvalid(f"ServerVer: {self.server_version!r} must be plain text on one line without '='")


def is_usable_stamp(stamp: str) -> bool:
    """Whether a stamp may be sent back to a device.

    Not "None", which stops some firmware from uploading (H5), nor 0, which asks for everything again (H7), nor text
    that could start another option line (H13: a stamp comes from the network).
    """
    return _STAMP.fullmatch(stamp) is not None and stamp.strip().lower() != "none" and stamp.strip("0 ") != ""


def build_options(serial: str, options: DeviceOptions) -> bytes:
    """The answer to `options=all`: one option per line, one "=" per line, every line ended (rule 9).

    Stamps are given in both families (`ATTLOGStamp` and `Stamp`) beside ServerVer, which tells newer firmware to use
    the first (H3). Raises `OptionsInvalid` for a serial that is none.
    """
    if not SERIAL.fullmatch(serial):
        raise OptionsInvalid(f"serial {serial[:40]!r} is not 1 to 32 letters, digits, '-' or '_'")
    lines = [
        f"GET OPTION FROM: {serial}",
        f"ErrorDelay={options.error_delay_s}",
        f"Delay={options.delay_s}",
        f"TransTimes={';'.join(options.trans_times) or '0'}",
        f"TransInterval={options.trans_interval_min}",
        f"TransFlag={_trans_flag(options)}",
        f"Realtime={int(options.realtime)}",
        "Encrypt=0",  # no parser of ours reads the encrypted form (T14)
        f"TimeZone={_time_zone(options)}",
        f"Timeout={options.timeout_s}",
        f"SyncTime={options.sync_time_s}",
        f"ServerVer={options.server_version}",
        *_stamp_lines(options),
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


def build_time_reply(utc_now: datetime, offset_seconds: int) -> bytes:
    """`Time=YYYY-MM-DDThh:mm:ss±hh:mm` in the device's offset (document 2.3). Raises ValueError for a naive time."""
    if utc_now.tzinfo is None:
        raise ValueError("utc_now has no time zone; pass an aware datetime")
    local = utc_now.astimezone(timezone(timedelta(seconds=offset_seconds)))
    return f"Time={local:%Y-%m-%dT%H:%M:%S}{_hh_mm(offset_seconds)}\n".encode("ascii")


def ok_count(count: int) -> bytes:
    """The usual acknowledgement of `count` rows received; `PLAIN_OK` is for devices that want just that (profile)."""
    return b"OK: %d\n" % count


def _trans_flag(options: DeviceOptions) -> str:
    # Firmware reads words only behind "TransData"; bare words would be digits, all of them off (H8).
    return "TransData " + "\t".join(options.trans_words)


def _stamp_lines(options: DeviceOptions) -> list[str]:
    stamps = {table: stamp for table, stamp in options.stamps.items() if is_usable_stamp(stamp)}
    stamps.update(dict.fromkeys(sorted(options.resend), "0"))
    lines = [f"{table}Stamp={stamp}" for table, stamp in stamps.items() if _TABLE.fullmatch(table)]
    return lines + [f"{_LEGACY_STAMPS[table]}={stamps[table]}" for table in _LEGACY_STAMPS if table in stamps]


def _time_zone(options: DeviceOptions) -> str:
    if options.time_zone_form is TimeZoneForm.HH_MM:
        return _hh_mm(options.utc_offset_s)
    hours, rest = divmod(options.utc_offset_s, 3600)
    return str(round(options.utc_offset_s / 60)) if rest else str(hours)


def _hh_mm(offset_seconds: int) -> str:
    hours, minutes = divmod(round(abs(offset_seconds) / 60), 60)
    return f"{'-' if offset_seconds < 0 else '+'}{hours:02d}:{minutes:02d}"
