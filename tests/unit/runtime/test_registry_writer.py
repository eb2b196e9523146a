"""What writing to the registry would change: a pure comparison."""

from __future__ import annotations

from runtime.registry_writer import RecordChange, compare_records
from schemas.registry import DevicePeriod, DeviceRecord, RecordSource, SitePeriod, SiteRecord


def device(source: RecordSource, zone: str = "UTC") -> DeviceRecord:
    return DeviceRecord("SIM1", (DevicePeriod(site="berlin", tenant="demo", zone=zone),), source)


def test_new_changed_and_same() -> None:
    site = SiteRecord("SIM1", (SitePeriod(zone="UTC"),))
    assert compare_records([], [site]) == [RecordChange(site, None, "new")]
    # a site of the same id is another record
    assert compare_records([site], [device("operator")])[0].action == "new"
    old, new = device("operator"), device("operator", "Europe/Berlin")
    assert compare_records([old], [new]) == [RecordChange(new, old, "changed")]
    assert compare_records([old], [old]) == [RecordChange(old, old, "same")]


def test_a_connector_does_not_overwrite_an_operator() -> None:
    ours, theirs = device("operator"), device("connector", "Europe/Berlin")
    assert compare_records([ours], [theirs])[0].action == "refused"
    assert compare_records([theirs], [ours])[0].action == "changed"
    assert compare_records([device("connector")], [theirs])[0].action == "changed"


def test_the_same_facts_from_another_source_are_no_change() -> None:
    assert compare_records([device("operator")], [device("connector")])[0].action == "same"
    assert compare_records([device("connector")], [device("operator")])[0].action == "same"
