"""Rows of transactions: fixtures F01 to F03, F07, F10, F19 of the specification, and anything else."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.wire.biotime.anything import json_objects, json_values
from tests.unit.wire.biotime.rows import CLOUD, PLAIN
from wire.biotime.errors import RowUnreadable
from wire.biotime.secrets import PERSONAL_FIELDS
from wire.biotime.transactions import id_of, is_manual, is_mobile, parse_transaction, upload_time_of


def test_f01_a_plain_row() -> None:
    row = parse_transaction(PLAIN)
    assert (row.id, row.emp_code, row.punch_time, row.upload_time) == (
        501, "0123", "2026-03-02T08:00:05", "2026-03-02T08:00:07",
    )  # fmt: skip
    assert (row.state, row.state_text, row.verify, row.terminal_sn) == (0, "0", 1, "T1")
    assert (row.source, row.is_attendance, row.temperature, row.mask, row.extra) == (None, None, None, None, {})
    assert row.punch_text == "2026-03-02 08:00:05"


def test_f02_numbers_as_text_and_text_as_numbers() -> None:
    row = parse_transaction(PLAIN | {"punch_state": 1, "verify_type": "15", "temperature": "36.6", "is_mask": "Yes"})
    assert (row.state, row.verify, row.temperature, row.mask) == (1, 15, 36.6, True)


def test_f03_255_is_not_measured_and_not_tracked() -> None:
    row = parse_transaction(PLAIN | {"punch_state": "255", "verify_type": 4, "temperature": 255, "is_mask": 255})
    assert (row.state, row.state_text, row.verify, row.temperature, row.mask) == (255, "255", 4, None, None)


@pytest.mark.parametrize(
    ("sent", "read"), [(0.0, None), ("", None), ("-", None), (255, None), (36, 36.0), ("36.6", 36.6)]
)
def test_temperature(sent: Any, read: float | None) -> None:
    row = parse_transaction(PLAIN | {"temperature": sent})
    assert row.temperature == read
    assert "temperature" not in row.extra


def test_a_temperature_that_is_none_is_kept_as_sent() -> None:
    assert parse_transaction(PLAIN | {"temperature": "hot"}).extra == {"temperature": "hot"}


@pytest.mark.parametrize(("sent", "read"), [("-", None), (None, None), ("No", False), ("Yes", True), (1, True)])
def test_mask_has_two_names(sent: Any, read: bool | None) -> None:
    assert parse_transaction(PLAIN | {"is_mask": sent}).mask is read
    assert parse_transaction(PLAIN | {"mask_flag": sent}).mask is read


def test_f10_a_future_clock_is_read_like_any_other() -> None:
    row = parse_transaction(PLAIN | {"id": 710, "punch_time": "2027-04-05 09:00:00"})
    assert row.punch_time == "2027-04-05T09:00:00"


def test_f19_a_manual_row() -> None:
    row = parse_transaction(PLAIN | {"terminal_sn": "", "source": 0})
    assert is_manual(row)
    assert not is_mobile(row)
    assert is_manual(parse_transaction(PLAIN | {"terminal_sn": "T1", "source": 0}))
    assert not is_manual(parse_transaction(PLAIN))
    assert is_mobile(parse_transaction(PLAIN | {"terminal_sn": "App", "source": 3}))


def test_the_cloud_keeps_what_has_no_name_and_drops_what_is_personal() -> None:
    row = parse_transaction(
        CLOUD
        | {"gps_location": "Al Sufouh", "first_name": "Ana", "new_field": {"a": [1]}, "verify_type_display": "Palm"}
    )
    assert row.extra == {
        "purpose": "9",
        "crc": "0",
        "company": "30489a74-d509-11ed-b426-0a58a9feac02",
        "emp": "9bdab3dc-3b41-11ee-97de-0a58a9feac02",
        "terminal": "830",
        "new_field": '{"a": [1]}',
        "verify_type_display": "Palm",
    }
    assert (row.work_code, row.terminal_alias, row.area_alias, row.source) == ("0", "Auto add", "TEST", 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("id", None), ("id", True), ("id", "x"), ("id", -1), ("id", 1.5)),
        *(("emp_code", None), ("emp_code", " "), ("emp_code", [1])),
        *(("punch_time", None), ("punch_time", "soon"), ("punch_time", "2026-02-30 08:00:00")),
        ("punch_time", "2026-03-02T08:00:00Z"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_field_and_not_its_value(field: str, value: Any) -> None:
    with pytest.raises(RowUnreadable) as error:
        parse_transaction(PLAIN | {field: value})
    assert error.value.field == field
    assert not isinstance(value, str) or not value.strip() or value not in str(error.value)


def test_numbers_of_people_may_be_numbers() -> None:
    assert parse_transaction(PLAIN | {"emp_code": 123, "id": "501"}).emp_code == "123"


def test_a_cursor_reads_id_and_upload_time_alone() -> None:
    assert id_of({"id": "77"}) == 77
    assert upload_time_of({"upload_time": "2023-09-01T15:34:13.347559"}) == "2023-09-01T15:34:13"
    assert upload_time_of({"upload_time": None}) is None
    assert upload_time_of({}) is None


@given(json_values())
def test_anything_is_read_or_refused(value: Any) -> None:
    with suppress(RowUnreadable):
        parse_transaction(value)


@given(json_objects())
def test_unknown_fields_are_kept(extra: dict[str, Any]) -> None:
    row = PLAIN | {f"x_{name}": value for name, value in extra.items()}
    found = parse_transaction(row)
    kept = {name for name, value in row.items() if name.startswith("x_") and value not in (None, "")}
    assert set(found.extra) == kept
    assert not set(found.extra) & PERSONAL_FIELDS


@given(json_values(), st.sampled_from(sorted(PLAIN)))
def test_any_field_may_be_anything(value: Any, name: str) -> None:
    with suppress(RowUnreadable):
        assert parse_transaction(PLAIN | {name: value}).extra.keys() <= {name}
