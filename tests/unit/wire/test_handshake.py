"""Answers to devices: options that no firmware misreads (spec/zk-push.md 2.2), time, acknowledgements."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.errors import Fatal, OptionsInvalid
from wire.zkpush.handshake import (
    PLAIN_OK,
    TRANS_WORDS,
    DeviceOptions,
    TimeZoneForm,
    build_options,
    build_time_reply,
    is_usable_stamp,
    ok_count,
)


def options_of(options: DeviceOptions) -> dict[str, str]:
    first, *lines = build_options("12300001", options).decode().split("\n")
    assert first == "GET OPTION FROM: 12300001"
    assert lines.pop() == ""
    pairs = [line.split("=") for line in lines]
    return {name: value for name, value in pairs}  # noqa: C416 - unpacking checks that each line has one "="


def test_the_whole_answer() -> None:
    stamps = {"ATTLOG": "2011-04-05T17:40:20", "OPERLOG": "9999", "BIODATA": "5"}
    assert build_options("12300001", DeviceOptions(utc_offset_s=-5 * 3600, stamps=stamps)) == (
        b"GET OPTION FROM: 12300001\nErrorDelay=60\nDelay=30\nTransTimes=0\nTransInterval=0\n"
        b"TransFlag=TransData AttLog\tOpLog\tAttPhoto\tEnrollUser\tChgUser\tEnrollFP\tChgFP\n"
        b"Realtime=1\nEncrypt=0\nTimeZone=-5\nTimeout=60\nSyncTime=3600\nServerVer=3.2.0\n"
        b"ATTLOGStamp=2011-04-05T17:40:20\nOPERLOGStamp=9999\nBIODATAStamp=5\n"
        b"Stamp=2011-04-05T17:40:20\nOpStamp=9999\n"
    )


@pytest.mark.parametrize(
    ("offset_s", "integer", "hh_mm"),
    [
        (0, "0", "+00:00"),
        (-5 * 3600, "-5", "-05:00"),
        (14 * 3600, "14", "+14:00"),
        (19800, "330", "+05:30"),
        (-12600, "-210", "-03:30"),
        (45900, "765", "+12:45"),
    ],
)
def test_time_zone_forms(offset_s: int, integer: str, hh_mm: str) -> None:
    assert options_of(DeviceOptions(utc_offset_s=offset_s))["TimeZone"] == integer
    in_hours = DeviceOptions(utc_offset_s=offset_s, time_zone_form=TimeZoneForm.HH_MM)
    assert options_of(in_hours)["TimeZone"] == hh_mm


def test_unknown_stamps_are_left_out() -> None:
    assert not [name for name in options_of(DeviceOptions(utc_offset_s=0)) if name.endswith("Stamp")]


@pytest.mark.parametrize(
    "stamp", ["", "None", "none", " NONE ", "0", "00", "1\nICLOCKSVRURL=evil", "a=b", "x" * 41, "1\r", "é"]
)
def test_a_stamp_that_would_harm_is_left_out(stamp: str) -> None:
    assert not is_usable_stamp(stamp)
    assert options_of(DeviceOptions(utc_offset_s=0, stamps={"ATTLOG": stamp})) == options_of(
        DeviceOptions(utc_offset_s=0)
    )


def test_a_table_name_that_would_harm_is_left_out() -> None:
    assert options_of(DeviceOptions(0, stamps={"X=1\nY": "1"})) == options_of(DeviceOptions(0))


def test_zero_is_sent_only_when_asked_for() -> None:
    asked = options_of(DeviceOptions(0, stamps={"ATTLOG": "5", "OPERLOG": "6"}, resend=frozenset({"ATTLOG"})))
    assert (asked["ATTLOGStamp"], asked["Stamp"]) == ("0", "0")
    assert (asked["OPERLOGStamp"], asked["OpStamp"]) == ("6", "6")


def test_interval_mode() -> None:
    options = DeviceOptions(0, realtime=False, trans_times=("00:00", "23:59"), trans_interval_min=5)
    said = options_of(options)
    assert (said["Realtime"], said["TransTimes"], said["TransInterval"]) == ("0", "00:00;23:59", "5")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trans_words": ("Attlog",)}, "TransFlag: 'Attlog'"),
        ({"trans_words": ("AttLog", "EnrollUser")}, "add OpLog"),
        ({"trans_words": ("AttLog", "FPImag")}, "add OpLog"),
        ({"trans_words": TRANS_WORDS[:10]}, "91 characters, at most 90"),
        ({"trans_times": ("25:00",)}, "25:00"),
        ({"trans_times": ("01:00",) * 11}, "11 times"),
        ({"delay_s": -1}, "delay_s"),
        ({"utc_offset_s": 15 * 3600}, "14 hours"),
        ({"server_version": "3\nX=1"}, "ServerVer"),
    ],
)
def test_options_that_break_a_rule_are_refused_by_name(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(OptionsInvalid, match=message) as error:
        DeviceOptions(**{"utc_offset_s": 0, **wrong})  # type: ignore[arg-type] # the point is what the types allow
    assert isinstance(error.value, Fatal)


@pytest.mark.parametrize("serial", ["", "a/b", "1\nX=1", "x" * 33])
def test_a_serial_that_is_none_is_refused(serial: str) -> None:
    with pytest.raises(OptionsInvalid, match="serial"):
        build_options(serial, DeviceOptions(0))


@given(
    offset=st.integers(-56, 56).map(lambda quarters: quarters * 900),
    words=st.lists(st.sampled_from(TRANS_WORDS), unique=True),
    stamps=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=4),
)
def test_every_answer_is_lines_of_one_option(offset: int, words: list[str], stamps: dict[str, str]) -> None:
    try:
        options = DeviceOptions(offset, trans_words=tuple(words), stamps=stamps)
    except OptionsInvalid:
        return
    said = options_of(options)
    assert len(said["TransFlag"]) <= 90
    assert said["TransFlag"].startswith("TransData")
    assert all(said[name].isdigit() for name in ("Delay", "ErrorDelay", "TransInterval", "Realtime", "Encrypt"))
    assert int(said["TimeZone"]) * (3600 if abs(int(said["TimeZone"])) < 25 else 60) == offset or abs(offset) < 1500


@pytest.mark.parametrize(
    ("offset_s", "reply"),
    [
        (-5 * 3600, b"Time=2026-03-01T09:00:00-05:00\n"),
        (0, b"Time=2026-03-01T14:00:00+00:00\n"),
        (19800, b"Time=2026-03-01T19:30:00+05:30\n"),
        (45900, b"Time=2026-03-02T02:45:00+12:45\n"),
    ],
)
def test_time_reply(offset_s: int, reply: bytes) -> None:
    assert build_time_reply(datetime(2026, 3, 1, 14, 0, 0, 999, tzinfo=UTC), offset_s) == reply


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        build_time_reply(datetime(2026, 3, 1), 0)  # noqa: DTZ001 - the naive time is the wrong input


def test_acknowledgements() -> None:
    assert (ok_count(0), ok_count(150), PLAIN_OK) == (b"OK: 0\n", b"OK: 150\n", b"OK")
