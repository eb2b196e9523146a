"""What an access terminal is answered: registration, options, cookie, counts, time (spec/zk-push.md E1, E4, E6).

An unregistered terminal gets `OK` to its handshake, posts `registry`, then `push`; later handshakes are answered with
code and options at once. The dialect's document (security PUSH 3.1.2) is not ours: the shapes are those of public
servers that real terminals talk to. Codes are derived from a secret, so that every edge gives a terminal the same.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from wire.zkpush.errors import OptionsInvalid, SessionSecretInvalid
from wire.zkpush.handshake import PLAIN_OK, DeviceOptions
from wire.zkpush.zk_seconds import encode_zk_seconds

MIN_SECRET_BYTES: Final = 16
CODE_LENGTH: Final = 16  # hexadecimal digits; a terminal takes up to 32

_PROTOCOL_VERSION: Final = "3.1.2"
_SERVER_NAME: Final = "ADMS"  # what the vendor's server calls itself
_TRANS_TABLES: Final = "User Transaction"
_CODE = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
_TABLE = re.compile(r"[0-9A-Za-z_]{1,32}", re.ASCII)
_TOKEN = re.compile(r"\s*token\s*=\s*\"?([0-9A-Fa-f]{32})\"?\s*", re.ASCII)


def registration_code(secret: bytes, serial: str) -> str:
    """The code that a terminal is registered under: 16 hexadecimal digits, the same for a serial in any case.

    Raises SessionSecretInvalid for a secret of fewer than 16 bytes.
    """
    return _derive(secret, b"registration", serial)


def session_id(secret: bytes, serial: str) -> str:
    """The session of a terminal, as `registration_code`: it lasts as long as the secret."""
    return _derive(secret, b"session", serial)


def build_registration(code: str) -> bytes:
    """The answer to `registry`; a terminal that gets none asks again every 15 s. Raises OptionsInvalid."""
    return f"RegistryCode={_checked(code)}".encode("ascii")


def build_access_options(code: str, session: str, options: DeviceOptions) -> bytes:
    """The answer to the handshake of a registered access terminal. Raises OptionsInvalid for a code that is none."""
    lines = ["registry=ok", f"RegistryCode={_checked(code)}", f"ServerVersion={_PROTOCOL_VERSION}"]
    lines += [f"ServerName={_SERVER_NAME}", f"PushProtVer={_PROTOCOL_VERSION}", *_option_lines(session, options)]
    return ("\n".join(lines) + "\n").encode("ascii")


def build_session_options(session: str, options: DeviceOptions) -> bytes:
    """The answer to `push`: as in the handshake, but servers name the version PushVersion there.

    Raises OptionsInvalid for a session id that is none.
    """
    lines = [f"ServerVersion={_PROTOCOL_VERSION}", f"ServerName={_SERVER_NAME}", f"PushVersion={_PROTOCOL_VERSION}"]
    return ("\n".join(lines + _option_lines(session, options)) + "\n").encode("ascii")


def session_token(code: str, serial: str, session: str) -> str:
    """The cookie `token` of a registered terminal: MD5 over code, serial and session id, in hexadecimal (E1).

    `serial` is as the terminal writes it in the request: case matters. MD5 is the dialect's choice; what keeps a
    stranger out is that code and session cannot be guessed.
    """
    return hashlib.md5(f"{code}{serial}{session}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def is_session_token(cookie: str, code: str, serial: str, session: str) -> bool:
    """Whether a Cookie header carries the terminal's token; compared in constant time. Never raises."""
    expected = session_token(code, serial, session)
    tokens = [match[1].lower() for match in map(_TOKEN.fullmatch, cookie.split(";")) if match]
    return bool(tokens) and hmac.compare_digest(tokens[0], expected)


def table_count(table_name: str, count: int) -> bytes:
    """The acknowledgement of tabledata, `<tablename>=<count>`: a terminal may send the same for ever on `OK` (E4).

    `table_name` as in the request; one that is none is answered with `OK`. Never raises.
    """
    return f"{table_name}={count}".encode("ascii") if _TABLE.fullmatch(table_name) else PLAIN_OK


def build_rtdata_time(utc_now: datetime, offset_seconds: int) -> bytes:
    """The answer to `rtdata?type=time`: the instant in UTC as `zk_seconds`, and the terminal's offset.

    Two public servers agree that the number is UTC; that ServerTZ is +hhmm and follows a comma rests on one, and on
    no capture. Raises ValueError for a naive time.
    """
    if utc_now.utcoffset() is None:
        raise ValueError("utc_now has no time zone; pass an aware datetime")
    number = encode_zk_seconds(utc_now.replace(tzinfo=None) - (utc_now.utcoffset() or timedelta()))
    hours, minutes = divmod(round(abs(offset_seconds) / 60), 60)
    return f"DateTime={number},ServerTZ={'-' if offset_seconds < 0 else '+'}{hours:02d}{minutes:02d}".encode("ascii")


def _option_lines(session: str, options: DeviceOptions) -> list[str]:
    times = [f"TransTimes={';'.join(options.trans_times)}"] if options.trans_times else []
    return [
        f"ErrorDelay={options.error_delay_s}",
        f"RequestDelay={options.delay_s}",
        *times,
        f"TransInterval={options.trans_interval_min}",
        f"TransTables={_TRANS_TABLES}",
        f"Realtime={int(options.realtime)}",
        f"SessionID={_checked(session)}",
        f"TimeoutSec={options.timeout_s}",
    ]


def _derive(secret: bytes, purpose: bytes, serial: str) -> str:
    if len(secret) < MIN_SECRET_BYTES:
        raise SessionSecretInvalid(f"secret of {len(secret)} bytes, at least {MIN_SECRET_BYTES} are needed")
    message = purpose + b"\0" + serial.upper().encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:CODE_LENGTH]


def _checked(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise OptionsInvalid("RegistryCode or SessionID is not 1 to 32 letters and digits")
    return code
