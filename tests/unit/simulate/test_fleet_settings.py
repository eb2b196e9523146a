"""Settings that make no sense are refused by name; the registry file says who is in the fleet."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.fleet.errors import FatalError
from simulate.fleet.registry_file import registry_yaml
from simulate.fleet.settings import FleetSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "https://edge:8080"),
        ("url", "edge:8080"),
        ("url", "http://edge:99999"),
        ("url", "http://edge/path"),
        ("terminals", 0),
        ("people", 0),
        ("people", 50_001),
        ("rate", 0),
        ("rows_per_body", 0),
        ("rows_per_body", 656),
        ("duration", 0),
        ("punches", 0),
        ("drain_seconds", -1),
        ("time_scale", 0),
        ("reply_timeout", 0),
        ("variant_share", 1.5),
        ("access_share", 1),
        ("chinese_share", -0.1),
        ("clocks", "wrong"),
        ("clock_skew", -1),
        ("com_key", "a&b"),
        ("history", 1),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(FatalError, match=f"simulate fleet: {name} is "):
        FleetSettings(**{"url": "http://edge:8080", "ledger": tmp_path, name: value})


def test_the_port_is_80_when_none_is_given(tmp_path: Path) -> None:
    assert FleetSettings("http://edge", tmp_path).port == 80


def test_the_registry_file(tmp_path: Path) -> None:
    text = registry_yaml(FleetSettings("http://edge", tmp_path, terminals=12, tenant="acme"))
    assert "- {id: berlin, name: Berlin plant, zone: Europe/Berlin}\n" in text
    assert (
        "- {serial: SIM00000001, site: berlin, zone: Europe/Berlin, clock: zone, tenant: acme, ack_profile: count}\n"
        in text
    )
    document = yaml.safe_load(text)
    assert [device["serial"] for device in document["devices"]] == [f"SIM{number:08d}" for number in range(1, 13)]
    assert {device["site"] for device in document["devices"]} == {site["id"] for site in document["sites"]}
    assert document["devices"][8]["clock"] == "fixed:+05:30"
