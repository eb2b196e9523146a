"""Bodies of the access dialect (spec/zk-push.md E2 to E5, C50, C59, C61) and their codes in words."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.access import (
    AccessBatch,
    AccessError,
    AccessReason,
    DoorEventRow,
    DoorStateRow,
    TableRow,
    event_of_transaction,
    parse_door_log,
    parse_tabledata,
)
from wire.zkpush.access_events import (
    ATTENDANCE_EVENTS,
    EVENT_WORDS,
    alarm_words,
    event_word,
    is_attendance,
    relay_words,
    sensor_words,
    was_granted,
)
from wire.zkpush.options import parse_options
from wire.zkpush.zk_seconds import decode_zk_seconds, encode_zk_seconds

C59 = (
    b"time=2026-03-01 09:00:00\tpin=17\tcardno=0\teventaddr=1\tevent=3\tinoutstatus=0\tverifytype=15\tindex=21"
    b"\tmaskflag=1\ttemperature=36.5\r\n"
)
C61 = b"time=2026-03-01 09:00:02\tsensor=01\trelay=00\talarm=0200000000000000\r\n"
TIME = "2026-03-01 09:00:00"


def event_of(body: bytes) -> DoorEventRow:
    batch = parse_door_log(body, {})
    assert (batch.states, batch.errors) == ([], [])
    (event,) = batch.events
    return event


def state_of(body: bytes) -> DoorStateRow:
    batch = parse_door_log(body, {})
    assert (batch.events, batch.errors) == ([], [])
    (state,) = batch.states
    return state


def row_of(body: bytes, **params: str) -> TableRow:
    batch = parse_tabledata(body, params)
    assert batch.errors == []
    (row,) = batch.rows
    return row


def test_c50_registration() -> None:
    batch = parse_options(b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1")
    assert batch.options == {"DeviceType": "acc", "~DeviceName": "F22", "FirmVer": "AC Ver 5.7.8", "LockCount": "1"}


def test_c59_event() -> None:
    event = event_of(C59)
    assert event == DoorEventRow(
        line=1,
        time_text=TIME,
        pin="17",
        card="0",
        door="1",
        event=3,
        in_out=0,
        verify="15",
        index_text="21",
        mask="1",
        temperature="36.5",
        converted_temperature="",
        unread=(),
        extra={},
        charset="utf-8",
        raw=C59.rstrip(b"\r\n"),
    )
    assert is_attendance(event.event, event.pin)
    assert event_word(event.event) == "multi-person open"
    assert "17" not in repr(event)


def test_c61_state() -> None:
    state = state_of(C61)
    assert (state.line, state.time_text) == (1, "2026-03-01 09:00:02")
    assert (state.sensor, state.relay, state.alarm, state.extra) == ("01", "00", "0200000000000000", {})
    assert sensor_words(state.sensor) == ("closed", "none", "none", "none")
    assert relay_words(state.relay) == ("closed",) * 8
    assert alarm_words(state.alarm) == (("tamper",), *((),) * 7)


def test_door_rows_lie_among_the_events() -> None:
    door = b"time=2026-03-01 09:00:11\tsensor=02\trelay=00\talarm=0100000000000000\tdoor=01\r\n"
    batch = parse_door_log(C59 + door + C59, {})
    assert [event.line for event in batch.events] == [1, 3]
    (state,) = batch.states
    assert (state.line, state.extra) == (2, {"door": "01"})
    assert (sensor_words(state.sensor)[0], alarm_words(state.alarm)[0]) == ("open", ("opened forcefully",))


def test_bit_string_verify_type_unknown_keys_and_captured_row() -> None:
    event = event_of(
        b"time=2026-09-09 12:09:10\tpin=445966\tcardno=0\teventaddr=1\tevent=3\tinoutstatus=0"
        b"\tverifytype=0000000000000010\tindex=40\tsitecode=0\tlinkid=0\tmaskflag=0\ttemperature=0\tconvtemperature=0"
    )
    assert (event.verify, event.index_text, event.pin) == ("0000000000000010", "40", "445966")
    assert event.extra == {"sitecode": "0", "linkid": "0"}


def test_keys_in_any_case_blanks_for_tabs_and_no_line_end() -> None:
    event = event_of(b"Time=2026-03-01 09:00:00 PIN=wctpl070 Event=0 InOutStatus=1")
    assert (event.time_text, event.pin, event.event, event.in_out) == (TIME, "wctpl070", 0, 1)


def test_what_is_no_integer_is_kept() -> None:
    event = event_of(f"time={TIME}\tpin=1\tevent=open\tinoutstatus=".encode())
    assert (event.event, event.in_out, event.unread) == (None, None, (("event", "open"),))


def test_a_row_of_a_person_is_an_event_even_without_its_code() -> None:
    event = event_of(f"time={TIME}\tpin=17\tsensor=01".encode())
    assert (event.pin, event.event, event.extra) == ("17", None, {"sensor": "01"})


@pytest.mark.parametrize("time", ["1971--10--29 -23:-27:-54", "1772355600", "2099-12-31 23:59:59"])
def test_times_are_not_judged(time: str) -> None:
    assert event_of(f"time={time}\tpin=1\tevent=0".encode()).time_text == time


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"hello", AccessReason.NOT_A_ROW),
        (b"time=2026-03-01 09:00:00\tx=1", AccessReason.NOT_A_ROW),
        (b"pin=1\tevent=0", AccessReason.TIME_MISSING),
        (b"time=\tsensor=01", AccessReason.TIME_MISSING),
        (b"time=x\tevent=0\tpin=" + b"1" * 65, AccessReason.PIN_TOO_LONG),
    ],
)
def test_lines_that_are_no_rows(body: bytes, reason: AccessReason) -> None:
    batch = parse_door_log(b"\n" + body + b"\r\n" + C59, {})
    assert [(error.line, error.reason, error.raw) for error in batch.errors] == [(2, reason, body)]
    assert [event.line for event in batch.events] == [3]


@pytest.mark.parametrize(
    ("body", "params", "reason"),
    [
        (b"LZO1\x05\0\0\0x", {}, AccessReason.COMPRESSED_LZO),
        (b"\x1f\x8b\x08", {}, AccessReason.COMPRESSED_GZIP),
        (C59, {"contenttype": "tgz"}, AccessReason.COMPRESSED_TGZ),
        (C59, {"datafmt": "3", "tablename": "transaction"}, AccessReason.COMPRESSED_TABLE),
    ],
)
def test_bodies_that_hold_no_rows(body: bytes, params: dict[str, str], reason: AccessReason) -> None:
    batch = parse_tabledata(body, params)
    assert batch.rows == []
    assert [(error.line, error.reason, error.raw) for error in batch.errors] == [(0, reason, body)]


def test_users() -> None:
    body = b"user uid=1\tcardno=\tpin=17\tpassword=\tgroup=1\tname=Ann, Mary Lee\tprivilege=0\tstarttime=0\r\n"
    row = row_of(body, tablename="user", count="1")
    assert (row.line, row.table, row.raw) == (1, "user", body.rstrip(b"\r\n"))
    assert row.fields["name"] == "Ann, Mary Lee"
    assert row.fields["cardno"] == ""


@pytest.mark.parametrize("table", ["biophoto", "templatev10", "biodata", "errorlog", "identitycard", "mulcarduser"])
def test_tables_by_their_word_or_by_the_request(table: str) -> None:
    pairs = b"pin=17\tTmp=AQIDBA==\ttype=9"
    expected = {"pin": "17", "tmp": "AQIDBA==", "type": "9"}
    named = row_of(table.encode() + b" " + pairs)
    asked = row_of(pairs, tablename=table.upper())
    assert (named.table, asked.table) == (table, table)
    assert named.fields == asked.fields == expected


def test_counts() -> None:
    row = row_of(b"user=12\r\n", type="count", tablename="user")
    assert (row.table, row.fields) == ("user", {"user": "12"})


def test_transactions_are_events() -> None:
    number = encode_zk_seconds(datetime(2026, 3, 1, 9))  # noqa: DTZ001 - a wall time has no zone
    row = row_of(
        f"transaction cardno=9\tpin=17\tverified=15\tdoorid=1\teventtype=0\tinoutstate=1\ttime_second={number}\t"
        f"index=4\tsitecode=0".encode(),
        tablename="transaction",
    )
    event = event_of_transaction(row)
    assert isinstance(event, DoorEventRow)
    assert (event.time_text, event.pin, event.event, event.in_out) == (TIME, "17", 0, 1)
    assert (event.verify, event.door, event.index_text, event.card) == ("15", "1", "4", "9")
    assert event.extra == {"sitecode": "0"}


def test_a_transaction_with_an_impossible_time_keeps_it() -> None:
    february_31 = encode_zk_seconds(datetime(2026, 2, 1)) + 30 * 86400  # noqa: DTZ001
    event = event_of_transaction(row_of(f"transaction pin=1\ttime_second={february_31}".encode()))
    assert isinstance(event, DoorEventRow)
    assert event.time_text == str(february_31)
    error = event_of_transaction(row_of(b"transaction pin=1"))
    assert isinstance(error, AccessError)
    assert error.reason is AccessReason.TIME_MISSING


@given(st.datetimes(datetime(2000, 1, 1), datetime(2399, 12, 31)))  # noqa: DTZ001
def test_zk_seconds_there_and_back(time: datetime) -> None:
    assert decode_zk_seconds(encode_zk_seconds(time)) == time.replace(microsecond=0)


def test_zk_seconds() -> None:
    # (26 * 372 + 2 * 31 + 0) * 86400 + 9 * 3600
    assert encode_zk_seconds(datetime(2026, 3, 1, 9)) == 841_050_000  # noqa: DTZ001
    assert decode_zk_seconds(0) == datetime(2000, 1, 1)  # noqa: DTZ001
    assert decode_zk_seconds(-1) is decode_zk_seconds(10**12) is decode_zk_seconds(10**40) is None
    with pytest.raises(ValueError, match="1999"):
        encode_zk_seconds(datetime(1999, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("code", "word", "granted", "punch"),
    [
        (0, "normal verify open", True, True),
        (4, "emergency password open", True, False),
        (8, "remote open", None, False),
        (22, "denied: not at this time", False, False),
        (23, "denied: no right to this door", False, False),
        (24, "denied: anti-passback", False, False),
        (26, "waiting for more persons", False, False),
        (27, "denied: unregistered", False, False),
        (101, "duress open", True, True),
        (102, "opened forcefully", None, False),
        (200, "door opened", None, False),
        (206, "device started", None, False),
        (222, "verified by server", True, True),
        (9999, "", None, False),
        (None, "", None, False),
    ],
)
def test_event_codes(code: int | None, word: str, granted: bool | None, punch: bool) -> None:
    assert (event_word(code), was_granted(code), is_attendance(code, "17")) == (word, granted, punch)


def test_event_tables_agree() -> None:
    assert set(EVENT_WORDS) > ATTENDANCE_EVENTS
    for code, word in EVENT_WORDS.items():
        assert (code in ATTENDANCE_EVENTS) <= (was_granted(code) is True)
        assert word.startswith("denied") <= (was_granted(code) is False)
    assert len(set(EVENT_WORDS.values())) == len(EVENT_WORDS)


@pytest.mark.parametrize("pin", ["", "0", "000", " 0 "])
def test_pin_0_is_never_a_punch(pin: str) -> None:
    assert not any(is_attendance(code, pin) for code in EVENT_WORDS)


@pytest.mark.parametrize("text", ["", "0", "xx", "0x01", "é"])
def test_states_that_cannot_be_read_have_no_words(text: str) -> None:
    assert (sensor_words(text), relay_words(text), alarm_words(text)) == ((), (), ())


def test_all_state_bits() -> None:
    assert sensor_words("E4") == ("none", "closed", "open", "unknown")
    assert relay_words("81") == ("open", *("closed",) * 6, "open")
    assert [len(alarms) for alarms in alarm_words("FF00")] == [8, 0]


def test_many_bad_lines_are_few_errors() -> None:
    batch = parse_door_log(b"x\n" * 5000 + C59, {})
    assert (len(batch.errors), len(batch.events)) == (1001, 1)
    assert batch.errors[-1].raw == b"\n".join([b"x"] * 4000)


@pytest.mark.timeout(20)  # about a second; what grows with the square takes minutes
@pytest.mark.parametrize("piece", [b"x\t", b"a=1\t", b" ", b" x", b"= ", b"\t", b"time=1\tpin=1\n"])
def test_long_bodies_take_time_in_step_with_their_length(piece: bytes) -> None:
    body = b"y" + piece * (300_000 // len(piece)) + b"z"
    assert parse_door_log(body, {})
    assert parse_door_log(b" " + body, {})


PAIRS = (f"time={TIME}", "pin=17", "event=0", "inoutstatus=1", "index=3", "cardno=5")


@given(st.permutations([*PAIRS, "sitecode=9", "note=a b=c"]))
def test_order_does_not_matter_and_unknown_keys_change_only_extra(pairs: list[str]) -> None:
    event = event_of("\t".join(pairs).encode())
    plain = event_of("\t".join(PAIRS).encode())
    assert event.extra == {"sitecode": "9", "note": "a b=c"}
    assert event._replace(extra={}, raw=b"") == plain._replace(raw=b"")


@given(st.binary(max_size=200), st.sampled_from([{}, {"tablename": "user"}, {"datafmt": "3"}]))
def test_nothing_raises_and_nothing_is_dropped(body: bytes, params: dict[str, str]) -> None:
    lines = [line for line in body.split(b"\n") if line.strip(b" \t\r\0\x0b\x0c")]
    tables = parse_tabledata(body, params)
    log = parse_door_log(body, params)
    if not any(error.line == 0 for error in tables.errors):
        assert len(tables.rows) + len(tables.errors) == len(lines)
    if not any(error.line == 0 for error in log.errors):
        assert len(log.events) + len(log.states) + len(log.errors) == len(lines)
    for row in tables.rows:
        event_of_transaction(row)


@given(st.lists(st.one_of(st.none(), st.binary(max_size=30)), max_size=10))
def test_no_good_line_is_lost_beside_a_bad_one(lines: list[bytes | None]) -> None:
    noise = [line if line is None else b"?" + line.replace(b"=", b"").replace(b"\n", b"") for line in lines]
    body = b"\n".join(C59.rstrip() if line is None else line for line in noise)
    batch = parse_door_log(body, {})
    assert [event.line for event in batch.events] == [n for n, line in enumerate(noise, 1) if line is None]
    assert [error.raw for error in batch.errors] == [line.rstrip(b"\r") for line in noise if line is not None]


def test_an_empty_body() -> None:
    assert parse_door_log(b"", {}) == AccessBatch([], [], []) == parse_door_log(b"\r\n \t\n", {})
