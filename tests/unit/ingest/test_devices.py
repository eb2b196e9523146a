"""What the edge knows of a serial: the registry, validity, and the policy for the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.devices import Devices
from runtime.sections import IngestSettings
from schemas.registry import DevicePeriod, HandshakeOptions, SitePeriod, SiteRecord
from tests.unit.ingest.stand_ins import MemoryRegistry


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def devices(registry: MemoryRegistry, policy: str) -> Devices:
    settings = IngestSettings.model_validate({"unknown_devices": policy, "default_tenant": "house"})
    return Devices(registry, settings, "Asia/Kolkata")


@pytest.mark.parametrize("policy", ["pending", "refuse"])
def test_unknown_devices_are_not_served(policy: str) -> None:
    assert devices(MemoryRegistry(), policy).find("A", 0) is None


def test_accepted_devices_get_the_default_tenant_and_the_assumed_zone() -> None:
    device = devices(MemoryRegistry(), "accept").find("A", 0)
    assert device is not None
    assert (device.tenant, device.ack_profile) == ("house", "count")
    assert device.utc_offset_s(0) == 19_800
    assert device.headers == (("source", b"A"), ("tenant", b"house"))


def test_a_device_is_served_within_its_periods_only() -> None:
    registry = MemoryRegistry()
    registry.put("A", DevicePeriod(100, 200, tenant="one"), DevicePeriod(300, None, tenant="two"))
    found = devices(registry, "pending")
    served = [(device.tenant if (device := found.find("A", now)) else None) for now in (99, 100, 199, 200, 300, 10**15)]
    assert served == [None, "one", "one", None, "two", "two"]


def test_between_two_periods_an_accepted_device_is_a_default_one_until_the_next_begins() -> None:
    registry = MemoryRegistry()
    registry.put("A", DevicePeriod(100, 200, tenant="one"), DevicePeriod(300, None, tenant="two"))
    found = devices(registry, "accept")
    tenants = [device.tenant for now in (50, 150, 250, 300) if (device := found.find("A", now))]
    assert tenants == ["house", "one", "house", "two"]


def test_a_changed_record_counts_at_once() -> None:
    registry = MemoryRegistry()
    found = devices(registry, "accept")
    assert (before := found.find("A", 0)) is not None
    assert before.tenant == "house"
    registry.put("A", DevicePeriod(tenant="acme"))
    assert (after := found.find("A", 0)) is not None
    assert after.tenant == "acme"


@pytest.mark.parametrize(
    ("zone", "clock", "when", "offset_s"),
    [
        ("America/New_York", "zone", "2026-01-15", -18_000),
        ("America/New_York", "zone", "2026-07-15", -14_400),
        ("America/New_York", "fixed:-05:00", "2026-07-15", -18_000),
        ("UTC", "fixed:+05:45", "2026-07-15", 20_700),
    ],
)
def test_the_offset_of_a_clock(zone: str, clock: str, when: str, offset_s: int) -> None:
    device = Devices.make("A", DevicePeriod(zone=zone, clock=clock), 0)
    assert device.utc_offset_s(at(when)) == offset_s


def test_a_site_speaks_where_its_device_says_nothing_and_its_changes_count_at_once() -> None:
    registry = MemoryRegistry()
    registry.put("A", DevicePeriod(site="s", options=HandshakeOptions(delay_s=5)))
    registry.put("B", DevicePeriod(site="s", ack_profile="count"))
    found = devices(registry, "pending")

    def told(serial: str) -> tuple[str, int | None, bool | None]:
        device = found.find(serial, 150)
        assert device is not None
        return device.ack_profile, device.options.delay_s, device.options.realtime

    assert told("A") == ("count", 5, None)
    options = HandshakeOptions(delay_s=60, realtime=False)
    registry.put_site(SiteRecord("s", (SitePeriod(valid_to=200, ack_profile="plain", options=options),)))
    assert told("A") == ("plain", 5, False)
    assert told("B") == ("count", 60, False)
    later = found.find("A", 200)
    assert later is not None
    assert (later.ack_profile, later.options.realtime) == ("count", None)


def test_a_device_that_is_refused_by_name_is_not_served_even_where_strangers_are() -> None:
    registry = MemoryRegistry()
    registry.put("A", DevicePeriod(admission="refuse"))
    assert devices(registry, "accept").find("A", 0) is None
