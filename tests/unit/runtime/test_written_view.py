from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from runtime.sections import KafkaSettings
from runtime.written_view import Written, WrittenView, digest_of
from schemas.codec import encode_event
from schemas.employees import Employee, Employment, employee_key
from schemas.registry import AreaRecord, GroupPeriod, encode_record, record_key

ADA = Employee(
    tenant="acme", employee="0123", rank=5, first_name="Ada", source="connector",
    source_ref="biotime:b1:employee:7",
)  # fmt: skip
KEY = employee_key("acme", "0123")


def record(key: bytes, value: bytes | None) -> Any:
    return SimpleNamespace(key=key, value=value, offset=0)


@pytest.fixture
def view() -> WrittenView:
    return WrittenView(KafkaSettings(), "employees", client_id="t")


def test_a_view_knows_what_was_said_and_by_whom(view: WrittenView) -> None:
    assert not view.says(KEY, encode_event(ADA))
    view._apply(record(KEY, encode_event(ADA)))
    assert view.says(KEY, encode_event(replace(ADA, rank=9)))
    assert not view.says(KEY, encode_event(replace(ADA, last_name="L")))
    assert not view.is_operators(KEY)
    assert list(view.keys_by("biotime:b1")) == [KEY]
    assert list(view.keys_by("biotime:b")) == []
    view._apply(record(KEY, encode_event(replace(ADA, source="operator", source_ref=""))))
    assert view.is_operators(KEY)
    assert list(view.keys_by("biotime:b1")) == []
    view._apply(record(KEY, None))
    assert view.get(KEY) is None


def test_registry_records_of_a_connector_are_told_by_their_id(view: WrittenView) -> None:
    area = AreaRecord("biotime:b1/2", (GroupPeriod(name="HQ"),), "connector")
    view._apply(record(record_key(area), encode_record(area)))
    assert list(view.keys_by("biotime:b1")) == [b"area+biotime:b1/2"]


def test_nonsense_is_left_out(view: WrittenView, caplog: pytest.LogCaptureFixture) -> None:
    for value in (b"x", b"[]", b""):
        view._apply(record(KEY, value))
    assert view.get(KEY) is None
    assert "makes no sense" in caplog.text
    with pytest.raises(ValueError, match="no JSON object"):
        digest_of(b"3")


def test_how_a_person_is_employed_is_kept_for_whoever_writes_the_record_anew(view: WrittenView) -> None:
    view._apply(record(KEY, encode_event(ADA)))
    assert view.get(KEY) == Written("biotime:b1", digest_of(encode_event(ADA)))
    employed = encode_event(replace(ADA, employment=[Employment(pay_group="g")]))
    view._apply(record(KEY, employed))
    written = view.get(KEY)
    assert written is not None
    assert orjson.loads(written.employment)[0]["pay_group"] == "g"
    assert not view.says(KEY, encode_event(ADA))
    assert view.says(KEY, employed)
