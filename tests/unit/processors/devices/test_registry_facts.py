"""Facts by level: settings, site, device."""

from __future__ import annotations

import pytest

from processors.devices.facts import Standing
from processors.devices.registry_facts import RegistryFacts
from runtime.registry_view import KnownDevice, RegistryView
from runtime.settings import load_settings
from schemas.registry import DevicePeriod, HandshakeOptions, SitePeriod, SiteRecord

AT = 1_772_355_600_000


def facts(*periods: DevicePeriod, site: SitePeriod | None = None, overrides: tuple[str, ...] = ()) -> RegistryFacts:
    settings = load_settings(None, overrides)
    view = RegistryView(settings.kafka)
    view._devices["TST1"] = KnownDevice(periods, 1)
    if site is not None:
        view._records["site+pune"] = SiteRecord("pune", (site,))
    return RegistryFacts(view, settings)


@pytest.mark.parametrize(
    ("period", "standing"),
    [
        (DevicePeriod(site="pune"), Standing.NAMED),
        (DevicePeriod(admission="refuse"), Standing.REFUSED),
        (DevicePeriod(valid_to=AT), Standing.RETIRED),
        (DevicePeriod(valid_from=AT + 1), Standing.RETIRED),
    ],
)
def test_standing(period: DevicePeriod, standing: Standing) -> None:
    assert facts(period)("TST1", AT).standing is standing
    assert facts(period)("OTHER", AT).standing is Standing.UNNAMED


def test_offline_needs_three_polls_of_whoever_says_how_often() -> None:
    slow, slower = HandshakeOptions(delay_s=300), HandshakeOptions(delay_s=600)
    device = DevicePeriod(site="pune")
    assert facts(device)("TST1", AT).offline_after_ms == 180_000
    assert facts(device, overrides=("track.offline_after_seconds=500",))("TST1", AT).offline_after_ms == 500_000
    assert facts(device, overrides=("ingest.presence_seconds=120",))("TST1", AT).offline_after_ms == 360_000
    assert facts(device, site=SitePeriod(options=slow))("TST1", AT).offline_after_ms == 900_000
    own = DevicePeriod(site="pune", options=slower)
    assert facts(own, site=SitePeriod(options=slow))("TST1", AT).offline_after_ms == 1_800_000


def test_what_the_site_says_holds_where_the_device_says_nothing() -> None:
    site = SitePeriod(options=HandshakeOptions(realtime=False, time_zone_form="hh_mm"))
    found = facts(DevicePeriod(site="pune", zone="Asia/Kolkata"), site=site)("TST1", AT)
    assert (found.realtime, found.time_zone_form, found.site, found.zone) == (False, "hh_mm", "pune", "Asia/Kolkata")
    own = DevicePeriod(site="pune", options=HandshakeOptions(realtime=True, time_zone_form="integer"))
    assert facts(own, site=site)("TST1", AT).realtime
    assert facts(own, site=site)("TST1", AT).time_zone_form == "integer"
