"""The registry as cards see it: made anew when it has moved, without what cannot be loaded."""

from __future__ import annotations

from typing import cast

import pytest
from prometheus_client import REGISTRY

from processors.timecards.stream.snapshot import Snapshot
from runtime.registry_view import RegistryView
from schemas.registry import Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord


class View:
    """Stands in for RegistryView."""

    def __init__(self, *records: Record) -> None:
        self.records = records
        self.version = len(records)

    def versioned_records(self) -> list[tuple[Record, int]]:
        return [(record, number + 1) for number, record in enumerate(self.records)]


def unusable() -> float | None:
    return REGISTRY.get_sample_value("punchstream_derive_unusable_policies")


def test_policies_that_cannot_be_loaded_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    bad = PolicyPeriod(preset="nobody's")
    view = View(PolicyRecord("a", (bad,)), PolicyRecord("b", (PolicyPeriod(preset="de"),)), PolicyRecord("c", (bad,)))
    snapshot = Snapshot(cast("RegistryView", view))
    made = snapshot.current()
    assert [period.version for period in made.policies_of("demo")] == ["b@2"]
    assert unusable() == 2
    assert "policy a" in caplog.text
    assert "policy c" in caplog.text
    assert snapshot.current() is made
    view.records, view.version = view.records[1:2], 4
    assert snapshot.current().version == 4
    assert unusable() == 0


def test_sites_in_no_known_zone_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    sites = [SiteRecord(name, (SitePeriod(None, None, zone=zone),)) for name, zone in (("a", "No/Where"), ("b", "UTC"))]
    made = Snapshot(cast("RegistryView", View(*sites))).current()
    assert set(made.sites) == {"b"}
    assert unusable() == 1
    assert "site a" in caplog.text
