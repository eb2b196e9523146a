"""Bodies of devicecmd in all their shapes (spec/zk-push.md D7 to D15, C51 to C56; errata Z8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.zkpush.results import CommandResult, ResultBatch, ResultError, ResultReason, ReturnDoubt, parse_results

GOOD = b"ID=77&Return=0&CMD=DATA"


def result_of(body: bytes) -> CommandResult:
    batch = parse_results(body)
    assert batch.errors == []
    (result,) = batch.results
    return result


def content_of(result: CommandResult) -> bytes:
    assert result.content is not None
    return bytes(result.content)


def error_of(body: bytes) -> ResultError:
    batch = parse_results(body)
    assert batch.results == []
    (error,) = batch.errors
    return error


def test_c51_set_option() -> None:
    result = result_of(b"ID=1&SN=12300001&Return=0&CMD=SET OPTION\n")
    assert (result.id, result.serial, result.return_code, result.command_word) == ("1", "12300001", 0, "SET OPTION")
    assert (result.line, result.doubt, result.content) == (1, None, None)
    assert (result.fields, result.options, result.filename) == ({}, {}, "")
    assert result.raw == b"ID=1&SN=12300001&Return=0&CMD=SET OPTION"


def test_c51_unknown_command() -> None:
    result = result_of(b"ID=1&Return=-22&CMD=UNKNOWN CMD")
    assert (result.return_code, result.return_text, result.command_word) == (-22, "-22", "UNKNOWN CMD")


def test_c53_info() -> None:
    result = result_of(b"ID=7&Return=0&CMD=INFO\n~SerialNumber=12300001\nUserCount=2\nFWVersion=Ver 6.8\n")
    assert (result.id, result.return_code, result.command_word) == ("7", 0, "INFO")
    assert result.options == {"~SerialNumber": "12300001", "UserCount": "2", "FWVersion": "Ver 6.8"}


@pytest.mark.parametrize("name", ["AttlogCount", "AttlogSum", "ATTLOGSUM"])
@pytest.mark.parametrize("parting", ["&", "\n", "\r\n"])
def test_c56_verify_sum(name: str, parting: str) -> None:
    result = result_of(
        b"ID=10&Return=0&CMD=VERIFY SUM ATTLOG&StartTime=2026-03-01 00:00:00&EndTime=2026-03-01 23:59:59"
        + f"{parting}{name}=12\n".encode()
    )
    assert (result.id, result.command_word, result.attlog_count) == ("10", "VERIFY SUM ATTLOG", 12)
    assert result.fields["starttime"] == "2026-03-01 00:00:00"
    assert result.fields["endtime"] == "2026-03-01 23:59:59"


def test_no_count_is_none() -> None:
    assert result_of(GOOD).attlog_count is None
    assert result_of(GOOD + b"&AttlogCount=many").attlog_count is None


def test_z8_an_id_that_no_server_gave_out() -> None:
    result = result_of(b"ID=567&SN=123456789&Return=0&CMD=ServiceNum")
    assert (result.id, result.serial, result.return_code, result.command_word) == ("567", "123456789", 0, "ServiceNum")


def test_getfile_keeps_its_content_byte_for_byte() -> None:
    content = b"\x00\xff\n&ID=9&Return=0&CMD=DATA\nContent=\r\n\r\n\x00"
    body = b"ID=5\nSN=12300001\nFILENAME=attlog.dat\nCMD=GetFile\nReturn=%d\nContent=%b" % (len(content), content)
    result = result_of(body)
    assert (result.id, result.filename, result.command_word) == ("5", "attlog.dat", "GetFile")
    assert result.return_code == len(content)
    assert content_of(result) == content
    assert isinstance(result.content, memoryview)
    assert result.content.obj is body  # a view, not a copy
    assert result.raw.endswith(b"Content=")
    assert "attlog" not in repr(result)


def test_shell_joined_head_then_lines() -> None:
    result = result_of(b"ID=6&SN=12300001&Return=0&CMD=Shell\r\nFILENAME=shellout.txt\r\nContent=a=1\r\nID=2\r\n")
    assert (result.id, result.filename, content_of(result)) == ("6", "shellout.txt", b"a=1\r\nID=2\r\n")


def test_content_joined_by_ampersand() -> None:
    result = result_of(b"ID=6&CMD=GetFile&FILENAME=x&Return=2&Content=\n&")
    assert (result.filename, content_of(result)) == ("x", b"\n&")


def test_an_empty_file() -> None:
    assert content_of(result_of(b"ID=6&Return=0&CMD=GetFile\nContent=")) == b""


def test_several_results_blank_tail_and_sub_controller() -> None:
    batch = parse_results(
        b"ID=1&Return=0&CMD=DATA\r\n\r\nID=2&SN=SUB01&Return=-5000&CMD=DATA\nID=2&SN=SUB01&Return=0&CMD=DATA\n\n\0 \t\n"
    )
    assert batch.errors == []
    assert [(r.line, r.id, r.serial, r.return_code) for r in batch.results] == [
        (1, "1", "", 0),
        (3, "2", "SUB01", -5000),
        (4, "2", "SUB01", 0),
    ]
    assert [r.is_pending for r in batch.results] == [False, True, False]


def test_several_results_over_several_lines() -> None:
    batch = parse_results(b"SN=a\nID=1\nReturn=0\nCMD=DATA\nSN=b\nCMD=DATA\nID=2\nReturn=-1\nID=3&Return=4&CMD=PutFile")
    assert batch.errors == []
    assert [(r.line, r.serial, r.id, r.return_code) for r in batch.results] == [
        (1, "a", "1", 0),
        (5, "b", "2", -1),
        (9, "", "3", 4),
    ]


@pytest.mark.parametrize("identifier", ["007", "a1B2", "1234567890123456"])
def test_ids_are_text(identifier: str) -> None:
    assert result_of(f"ID={identifier}&Return=0&CMD=DATA".encode()).id == identifier


@pytest.mark.parametrize(
    ("text", "code", "doubt"),
    [
        ("335063", 335063, None),
        ("-1007", -1007, None),
        (" 0 ", 0, None),
        ("OK", None, ReturnDoubt.RETURN_NOT_INTEGER),
        ("1.5", None, ReturnDoubt.RETURN_NOT_INTEGER),
        ("\u0663", None, ReturnDoubt.RETURN_NOT_INTEGER),
        ("9" * 11, None, ReturnDoubt.RETURN_NOT_INTEGER),
        ("", None, ReturnDoubt.RETURN_MISSING),
    ],
)
def test_return_codes(text: str, code: int | None, doubt: ReturnDoubt | None) -> None:
    result = result_of(f"ID=1&Return={text}&CMD=DATA".encode())
    assert (result.return_code, result.doubt, result.return_text) == (code, doubt, text.strip())


def test_no_return_at_all() -> None:
    assert result_of(b"ID=1&CMD=DATA").doubt is ReturnDoubt.RETURN_MISSING


def test_values_with_ampersand_equals_and_urls() -> None:
    result = result_of(b"ID=1&Return=0&CMD=PutFile http://h/?a&b c&SN=1\nURL=http://h/?x=1&y=2\n~OEMVendor=A&B=C\n")
    assert (result.command_word, result.serial) == ("PutFile http://h/?a&b c", "1")
    assert result.options == {"URL": "http://h/?x=1&y=2", "~OEMVendor": "A&B=C"}


@pytest.mark.parametrize(
    ("body", "reason", "line"),
    [
        (b"Return=0&CMD=DATA\n", ResultReason.ID_MISSING, 1),
        (b"\nID= &Return=0&CMD=DATA", ResultReason.ID_MISSING, 2),
        (b"Content=\x00\nabc", ResultReason.ID_MISSING, 1),
        (b"SN=1\nReturn=0\nUserCount=2", ResultReason.ID_MISSING, 1),
        (b"ID=" + b"7" * 65 + b"&Return=0", ResultReason.ID_TOO_LONG, 1),
        (b"hello", ResultReason.NOT_A_RESULT, 1),
        (b"\r\n~UserCount=2\r\n", ResultReason.NOT_A_RESULT, 2),
        (b"\xff\xfe\x00", ResultReason.NOT_A_RESULT, 1),
        (b"=5", ResultReason.NOT_A_RESULT, 1),
    ],
)
def test_errors(body: bytes, reason: ResultReason, line: int) -> None:
    error = error_of(body)
    assert (error.reason, error.line) == (reason, line)
    assert error.raw == body.strip(b"\r\n")


def test_an_error_between_results() -> None:
    batch = parse_results(b"ID=1&Return=0&CMD=DATA\nnoise\nReturn=0&CMD=DATA\nID=2&Return=0&CMD=DATA\n")
    assert [r.id for r in batch.results] == ["1", "2"]
    assert [(e.line, e.reason) for e in batch.errors] == [
        (2, ResultReason.NOT_A_RESULT),
        (3, ResultReason.ID_MISSING),
    ]


def test_an_empty_body() -> None:
    assert parse_results(b"") == ResultBatch([], []) == parse_results(b" \r\n\0\n")


def test_charsets() -> None:
    result = result_of(b"ID=1&Return=0&CMD=INFO\nName=" + "张".encode("gb18030"))
    assert (result.options, result.charset) == ({"Name": "张"}, "gb18030")


def test_many_bad_lines_are_few_errors() -> None:
    batch = parse_results(b"x\n" * 5000 + GOOD)
    assert len(batch.errors) == 1001
    assert batch.errors[-1].raw == b"\n".join([b"x"] * 4000)
    assert [r.id for r in batch.results] == ["77"]


@pytest.mark.parametrize(
    "piece", [b" ", b"&", b"& ", b"&x", b"ID=1&", b"&Content", b"a=1&", b"Return=1\n", b"\n", b"=\n"]
)
@pytest.mark.timeout(20)  # well under a second; what grows with the square takes minutes
def test_long_bodies_take_time_in_step_with_their_length(piece: bytes) -> None:
    assert parse_results(GOOD + piece * (400_000 // len(piece)) + b"z")


KEYS = ("ID=5", "SN=12300001", "Return=3", "CMD=GetFile", "FILENAME=a.dat")


@given(st.permutations(KEYS), st.sampled_from(["&", "\n", "\r\n"]), st.binary(max_size=200))
def test_key_order_does_not_matter_and_content_survives(keys: list[str], parting: str, content: bytes) -> None:
    result = result_of(parting.join([*keys, "Content="]).encode() + content)
    assert (result.id, result.serial, result.return_code) == ("5", "12300001", 3)
    assert (result.command_word, result.filename) == ("GetFile", "a.dat")
    assert content_of(result) == content


@given(st.permutations((*KEYS, "Extra=1", "Other=x y")))
def test_unknown_keys_change_only_fields(keys: list[str]) -> None:
    result = result_of("&".join(keys).encode())
    plain = result_of("&".join(KEYS).encode())
    assert result.fields == {"extra": "1", "other": "x y"}
    assert result._replace(fields={}, raw=b"") == plain._replace(raw=b"")


@given(st.binary(max_size=300))
def test_nothing_raises(body: bytes) -> None:
    batch = parse_results(body)
    assert batch.results or batch.errors or not body.strip(b" \t\r\n\0\x0b\x0c")


TEXT = st.lists(
    st.sampled_from(
        [b"ID", b"=", b"&", b"\n", b"Return", b"CMD", b"Content", b"SN", b"1", b" ", b"~X", b"\r", b"\xff", b"FILENAME"]
    ),
    max_size=30,
).map(b"".join)


@given(TEXT)
def test_nothing_raises_near_the_grammar(body: bytes) -> None:
    parse_results(body)


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=30)), max_size=12))
def test_no_good_line_is_lost_beside_a_bad_one(lines: list[bytes | None]) -> None:
    noise = [None if line is None else line.replace(b"=", b"").replace(b"\n", b"") for line in lines]
    body = b"\n".join(b"ID=%d&Return=0&CMD=DATA" % n if line is None else line for n, line in enumerate(noise))
    expected = [str(n) for n, line in enumerate(noise) if line is None]
    batch = parse_results(body)
    assert [result.id for result in batch.results] == expected
    assert all(result.return_code == 0 and result.command_word == "DATA" for result in batch.results)
    bad = [line.rstrip(b"\r") for line in noise if line is not None and line.strip(b" \t\r\0\x0b\x0c")]
    assert [error.raw for error in batch.errors] == bad
