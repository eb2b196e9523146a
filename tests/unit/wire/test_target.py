"""Targets of terminals: endpoints, parameters, serials, tables, redaction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.target import parse_target, redact_query, serial_of, table_of


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("/iclock/cdata?SN=1", "cdata"),
        ("/iclock/cdata", "cdata"),
        ("/iclock/cdata/?SN=1", "cdata"),
        ("/iclock/cdata.aspx?SN=1", "cdata"),
        ("/iclock/cdata.aspx/?SN=1", "cdata"),
        ("/IClock/GetRequest.ASPX?SN=1", "getrequest"),
        ("//iclock///cdata?SN=1", "cdata"),
        ("http://192.168.1.2:8080/iclock/devicecmd?SN=1", "devicecmd"),
        ("HTTP://host//iclock/registry", "registry"),
        ("/%69clock/cdat%61?SN=1", "cdata"),
        ("/iclock/cdata%20?SN=1", "cdata"),
        ("/iclock/service/control?SN=1", "service/control"),
        ("/iclock/", ""),
        ("/iclock", ""),
        ("/iclockx/cdata", ""),
        ("/", ""),
        ("", ""),
        ("http://host", ""),
        ("*", ""),
    ],
)
def test_endpoint(raw: str, name: str) -> None:
    assert parse_target(raw).name == name


def test_parameters_are_decoded_and_trimmed_and_the_first_value_wins() -> None:
    target = parse_target("/iclock/cdata?SN=+T1%20&Table=%20ATTLOG&table=OPERLOG&x&y=&=z&a=b=c&p=1%2b2&bad=%zz;q")
    assert target.raw_query == "SN=+T1%20&Table=%20ATTLOG&table=OPERLOG&x&y=&=z&a=b=c&p=1%2b2&bad=%zz;q"
    assert target.params == {
        "sn": "T1",
        "table": "ATTLOG",
        "x": "",
        "y": "",
        "a": "b=c",
        "p": "1+2",
        "bad": "%zz;q",
    }


def test_values_are_utf_8_or_gb18030() -> None:
    assert parse_target("/iclock/cdata?a=%D5%C5&b=%C3%A9&c=%ff").params == {"a": "张", "b": "é", "c": "ÿ"}
    assert parse_target("/iclock/cdata?a=é").params == {"a": "é"}


@pytest.mark.parametrize(
    ("sn", "serial"),
    [
        ("12300001", "12300001"),
        ("tst0000000002", "TST0000000002"),
        (" a-B_1 ", "A-B_1"),
        ("x" * 32, "X" * 32),
        ("x" * 33, None),
        ("a/b", None),
        ("..", None),
        ("a%2fb", None),
        ("a%0A", "A"),  # a line end around a value is trimmed like any blank
        ("a%0Ab", None),
        ("biotime:hq", None),
        ("١٢٣", None),
        ("", None),
    ],
)
def test_serial(sn: str, serial: str | None) -> None:
    assert serial_of(parse_target(f"/iclock/cdata?SN={sn}").params) == serial


def test_no_serial() -> None:
    assert serial_of({}) is None


@pytest.mark.parametrize(
    ("query", "table"),
    [
        ("table= attlog ", "ATTLOG"),
        ("table=errorlog", "ERRORLOG"),
        ("Stamp=9999", "ATTLOG"),
        ("OpStamp=1", "OPERLOG"),
        ("PhotoStamp=1", "ATTPHOTO"),
        ("table=OPERLOG&Stamp=1", "OPERLOG"),
        ("table=&Stamp=1", "ATTLOG"),
        ("SN=1", None),
    ],
)
def test_table(query: str, table: str | None) -> None:
    assert table_of(parse_target(f"/iclock/cdata?{query}").params) == table


@pytest.mark.parametrize(
    ("query", "redacted"),
    [
        ("SN=1&ComKey=88888888&type=time", "SN=1&ComKey=&type=time"),
        ("PushCommKey=a&pushcommkey=b&key=c&KEY=d", "PushCommKey=&pushcommkey=&key=&KEY="),
        ("Com%4Bey=secret", "Com%4Bey="),
        ("%20comkey+=secret", "%20comkey+="),
        ("comkey=a=b", "comkey="),
    ],
)
def test_communication_keys_are_removed(query: str, redacted: str) -> None:
    assert redact_query(query) == (redacted, True)
    assert redact_query(redacted) == (redacted, False)


@pytest.mark.parametrize("query", ["SN=1&table=ATTLOG", "monkey=1", "ComKey", "ComKey=", "", "a=%20key", "a=key=b"])
def test_a_query_without_keys_stays_as_it_is(query: str) -> None:
    assert redact_query(query) == (query, False)


@given(st.text(max_size=80))
def test_nothing_raises_and_all_text_can_be_encoded(raw: str) -> None:
    target = parse_target(raw)
    table_of(target.params)
    redact_query(raw)
    serial = serial_of(target.params)
    assert serial is None or serial.isascii()
    for text in (target.name, target.raw_query, *target.params, *target.params.values()):
        text.encode()


@given(st.text(max_size=20), st.lists(st.sampled_from(["ComKey", "pushcommkey", "KEY", "SN"]), max_size=4))
def test_no_key_survives_redaction(value: str, keys: list[str]) -> None:
    query = "&".join(f"{key}={value}" for key in keys)
    params = parse_target("/iclock/cdata?" + redact_query(query)[0]).params
    assert not any(params.get(key) for key in ("comkey", "pushcommkey", "key"))
