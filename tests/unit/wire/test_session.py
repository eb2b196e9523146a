"""Answers of the access dialect (spec/zk-push.md E1, E4, E6; C07, C50, C58)."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.errors import Fatal, OptionsInvalid, SessionSecretInvalid
from wire.zkpush.handshake import DeviceOptions
from wire.zkpush.session import (
    build_access_options,
    build_registration,
    build_rtdata_time,
    build_session_options,
    is_session_token,
    registration_code,
    session_id,
    session_token,
    table_count,
)

SECRET = b"0123456789abcdef"
SERIAL = "ACC0000000007"
CODE = "a1b2c3d4e5f60718"
SESSION = "5e55104000000001"


def test_c50_registration() -> None:
    assert build_registration(CODE) == b"RegistryCode=a1b2c3d4e5f60718"


def test_c07_handshake_of_a_registered_terminal() -> None:
    options = DeviceOptions(0, trans_times=("00:00", "14:00"), trans_interval_min=1, timeout_s=10)
    assert build_access_options(CODE, SESSION, options) == (
        b"registry=ok\nRegistryCode=a1b2c3d4e5f60718\nServerVersion=3.1.2\nServerName=ADMS\nPushProtVer=3.1.2\n"
        b"ErrorDelay=60\nRequestDelay=30\nTransTimes=00:00;14:00\nTransInterval=1\nTransTables=User Transaction\n"
        b"Realtime=1\nSessionID=5e55104000000001\nTimeoutSec=10\n"
    )


def test_c58_session_options() -> None:
    assert build_session_options(SESSION, DeviceOptions(0, realtime=False)) == (
        b"ServerVersion=3.1.2\nServerName=ADMS\nPushVersion=3.1.2\nErrorDelay=60\nRequestDelay=30\nTransInterval=0\n"
        b"TransTables=User Transaction\nRealtime=0\nSessionID=5e55104000000001\nTimeoutSec=60\n"
    )


@pytest.mark.parametrize("code", ["", "a b", "a\nX=1", "x" * 33, "é"])
def test_a_code_that_is_none_is_refused(code: str) -> None:
    options = DeviceOptions(0)
    with pytest.raises(OptionsInvalid, match="letters and digits"):
        build_registration(code)
    with pytest.raises(OptionsInvalid, match="letters and digits"):
        build_access_options(code, SESSION, options)
    with pytest.raises(OptionsInvalid, match="letters and digits"):
        build_access_options(CODE, code, options)
    with pytest.raises(OptionsInvalid, match="letters and digits"):
        build_session_options(code, options)


def test_codes_are_derived_alike_everywhere() -> None:
    code, session = registration_code(SECRET, SERIAL), session_id(SECRET, SERIAL)
    assert (code, session) == ("6fe316ce644e5635", "c5efdb4ec1f6e13e")  # must never change: terminals keep it
    assert registration_code(SECRET, SERIAL.lower()) == code
    assert len({code, session, registration_code(SECRET, "X"), registration_code(SECRET + b"0", SERIAL)}) == 4
    assert build_registration(code)
    assert build_session_options(session, DeviceOptions(0))


def test_a_short_secret_is_refused() -> None:
    for derive in (registration_code, session_id):
        with pytest.raises(SessionSecretInvalid, match="15 bytes, at least 16") as error:
            derive(SECRET[:15], SERIAL)
        assert isinstance(error.value, Fatal)


def test_token() -> None:
    token = hashlib.md5(b"a1b2c3d4e5f60718ACC00000000075e55104000000001").hexdigest()
    assert session_token(CODE, SERIAL, SESSION) == token
    for cookie in (
        f"token={token}",
        f"a=b; token={token.upper()}",
        f' token = "{token}" ; x',
        f"token={token};token=1",
    ):
        assert is_session_token(cookie, CODE, SERIAL, SESSION), cookie


@pytest.mark.parametrize(
    "cookie",
    ["", "token=", "token", "xtoken=" + "0" * 32, "token=" + "0" * 32, "token=" + "0" * 31, "token=" + "\u0660" * 32],
)
def test_a_wrong_token(cookie: str) -> None:
    assert not is_session_token(cookie, CODE, SERIAL, SESSION)


@given(st.text(), st.text(max_size=20))
def test_nobody_guesses_a_token(cookie: str, serial: str) -> None:
    assert not is_session_token(cookie, CODE, serial, SESSION)


@given(st.text(max_size=20), st.text(max_size=20))
def test_tokens_of_two_terminals_differ(first: str, second: str) -> None:
    cookie = f"token={session_token(CODE, first, SESSION)}"
    assert is_session_token(cookie, CODE, second, SESSION) == (first == second)


@pytest.mark.parametrize(
    ("table", "reply"),
    [("user", b"user=3"), ("ATTPHOTO", b"ATTPHOTO=3"), ("", b"OK"), ("a\nb", b"OK"), ("x" * 33, b"OK"), ("é", b"OK")],
)
def test_table_count(table: str, reply: bytes) -> None:
    assert table_count(table, 3) == reply


@pytest.mark.parametrize(("offset_s", "zone"), [(0, b"+0000"), (3600, b"+0100"), (-12600, b"-0330"), (20700, b"+0545")])
def test_rtdata_time(offset_s: int, zone: bytes) -> None:
    now = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert build_rtdata_time(now, offset_s) == b"DateTime=841050000,ServerTZ=" + zone
    assert build_rtdata_time(now.astimezone(timezone(timedelta(hours=5))), offset_s) == build_rtdata_time(now, offset_s)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        build_rtdata_time(datetime(2026, 3, 1), 0)  # noqa: DTZ001 - the naive time is the wrong input
