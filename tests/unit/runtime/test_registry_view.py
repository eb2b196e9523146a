"""What the view makes of single records; following the genuine topic is in the integration tests."""

from __future__ import annotations

import logging

import pytest
from aiokafka import ConsumerRecord

from runtime.registry_view import REFUSED, KnownDevice, RegistryView
from runtime.sections import KafkaSettings
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord, encode_record, record_key

OLD = DevicePeriod(None, 1000, site="berlin", tenant="demo", zone="Europe/Berlin")
NEW = DevicePeriod(2000, None, site="pune", tenant="demo", zone="Asia/Kolkata")
DEVICE = DeviceRecord("SIM1", (OLD, NEW))
SITE = SiteRecord("berlin", (SitePeriod(name="Berlin plant", zone="Europe/Berlin"),))


def kafka_record(key: bytes | None, value: bytes | None, offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("registry", 0, offset, 0, 0, key, value, None, 0, 0, ())


class Given:
    """A view that is fed record by record, and the keys that it called out."""

    def __init__(self) -> None:
        self.view = RegistryView(KafkaSettings())
        self.called: list[str] = []
        self.view.on_change = self.called.append
        self.offset = 41

    def record(self, record: Record) -> None:
        self.raw(record_key(record), encode_record(record))

    def raw(self, key: bytes | None, value: bytes | None) -> None:
        self.view._apply(kafka_record(key, value, self.offset))
        self.offset += 1


@pytest.fixture
def given() -> Given:
    return Given()


def test_a_device_is_known_with_its_offset_plus_one(given: Given) -> None:
    assert given.view.device("SIM1") is None
    given.record(DEVICE)
    assert given.view.device("SIM1") == KnownDevice((OLD, NEW), registry_version=42)
    assert given.view.version == 42
    assert given.called == ["device+SIM1"]


def test_records_have_versions_of_their_own(given: Given) -> None:
    given.record(SITE)
    given.record(DEVICE)
    given.record(SITE)
    assert given.view.versioned_records() == [(DEVICE, 43), (SITE, 44)]
    given.raw(b"site+berlin", None)
    assert given.view.versioned_records() == [(DEVICE, 43)]


def test_the_last_record_of_a_device_counts(given: Given) -> None:
    given.record(DEVICE)
    given.record(DeviceRecord("SIM1", (NEW,)))
    assert given.view.device("SIM1") == KnownDevice((NEW,), 43)
    assert given.called == ["device+SIM1", "device+SIM1"]


def test_the_view_has_the_device_when_it_calls_it_out(given: Given) -> None:
    seen: list[KnownDevice | None] = []
    given.view.on_change = lambda _: seen.append(given.view.device("SIM1"))
    given.record(DEVICE)
    assert seen == [KnownDevice((OLD, NEW), 42)]


@pytest.mark.parametrize(
    ("at_ms", "period"), [(-5, OLD), (999, OLD), (1000, None), (1999, None), (2000, NEW), (1 << 50, NEW)]
)
def test_facts_are_those_of_an_instant(at_ms: int, period: DevicePeriod | None) -> None:
    assert KnownDevice((OLD, NEW), 1).at(at_ms) == period


def test_sites_are_known_and_are_no_devices(given: Given) -> None:
    given.record(SITE)
    assert given.view.site("berlin") == SITE
    assert given.view.site("SIM1") is None
    assert given.called == ["site+berlin"]


def test_a_tombstone_removes(given: Given) -> None:
    given.record(SITE)
    given.record(DEVICE)
    given.raw(b"device+SIM1", None)
    given.raw(b"site+berlin", None)
    given.raw(b"device+NEVER", None)
    assert given.view.device("SIM1") is None
    assert given.view.site("berlin") is None
    assert given.view.records() == []
    assert given.called == ["site+berlin", "device+SIM1", "device+SIM1", "site+berlin", "device+NEVER"]


def test_a_kind_of_tomorrow_is_passed_over(given: Given) -> None:
    given.raw(b"policy+p", b'{"v":1,"kind":"policy","id":"p"}')
    assert given.view.records() == []
    assert given.view.version == 42


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"device+SIM1", b"not json"),
        (b"device+SIM1", b"[]"),
        (b"device+SIM1", b'{"v":7,"kind":"device","id":"SIM1","periods":[],"source":"operator"}'),
        (b"device+SIM1", encode_record(DeviceRecord("SIM2", ()))),
        (b"site+SIM1", encode_record(DeviceRecord("SIM1", ()))),
        (None, encode_record(DeviceRecord("SIM1", ()))),
        (b"device+\xff", b"\x00"),
    ],
)
def test_what_cannot_be_read_is_kept_out_counted_and_logged(
    given: Given, caplog: pytest.LogCaptureFixture, key: bytes | None, value: bytes
) -> None:
    given.record(DEVICE)
    before = REFUSED._value.get()
    with caplog.at_level(logging.ERROR):
        given.raw(key, value)
    assert REFUSED._value.get() == before + 1
    assert "at offset 42 is kept out" in caplog.text
    assert given.view.records() == [DEVICE]
    assert given.view.device("SIM1") == KnownDevice((OLD, NEW), 42)
    assert given.view.version == 43
    assert given.called == ["device+SIM1"]


def test_records_come_in_order_of_kind_and_id(given: Given) -> None:
    for record in (SITE, DEVICE, DeviceRecord("A", ())):
        given.record(record)
    assert given.view.records() == [DeviceRecord("A", ()), DEVICE, SITE]
