"""Registry changes in words."""

from __future__ import annotations

from cli.registry_text import MAX_LISTED, change_data, change_lines
from runtime.registry_writer import compare_records
from schemas.registry import AreaRecord, DevicePeriod, DeviceRecord, GroupPeriod, Record, SitePeriod, SiteRecord

SITE = SiteRecord("berlin", (SitePeriod(name="Berlin plant", zone="Europe/Berlin"),))
OLD = DevicePeriod(None, 1_767_225_600_000, "berlin", "demo", "Europe/Berlin")
NEW = DevicePeriod(1_767_225_600_000, None, "berlin", "demo", "Europe/Berlin", "fixed:+01:00", "plain")


def test_what_is_new_what_changes_and_the_sums() -> None:
    changes = compare_records(
        [DeviceRecord("SIM1", (OLD,)), DeviceRecord("SIM2", (OLD,)), DeviceRecord("SIM3", (NEW,), "connector")],
        [SITE, DeviceRecord("SIM1", (OLD, NEW)), DeviceRecord("SIM2", (OLD,)), DeviceRecord("SIM3", (OLD,))],
    )
    assert list(change_lines(changes, 5)) == [
        "+ site berlin",
        "    + Berlin plant, zone Europe/Berlin",
        "~ device SIM1",
        "    + site berlin, zone Europe/Berlin, clock fixed:+01:00, tenant demo, ack_profile plain, "
        "from 2026-01-01T00:00:00+00:00",
        "~ device SIM3 (was kept by a connector, from now on by an operator)",
        "    - site berlin, zone Europe/Berlin, clock fixed:+01:00, tenant demo, ack_profile plain, "
        "from 2026-01-01T00:00:00+00:00",
        "    + site berlin, zone Europe/Berlin, clock zone, tenant demo, until 2026-01-01T00:00:00+00:00",
        "1 new, 2 changed, 1 as they are, 5 in no file and kept",
    ]


def test_an_area_in_words() -> None:
    area = AreaRecord("hall", (GroupPeriod(name="Hall", parent="plant", devices=("T1", "T2")), GroupPeriod(1)))
    assert list(change_lines(compare_records([], [area]), 0))[:3] == [
        "+ area hall",
        "    + Hall, under plant, devices T1;T2",
        "    + (no name), from 1970-01-01T00:00:00.001000+00:00",
    ]


def test_a_long_list_is_cut() -> None:
    wanted: list[Record] = [DeviceRecord(f"SIM{number}", (OLD,)) for number in range(MAX_LISTED + 7)]
    lines = list(change_lines(compare_records([], wanted), 0))
    assert lines[-2:] == [
        "... and 7 more (--json lists all)",
        f"{MAX_LISTED + 7} new, 0 changed, 0 as they are, 0 in no file and kept",
    ]
    assert len(lines) == 2 * MAX_LISTED + 2


def test_for_machines_all_is_there() -> None:
    (change,) = change_data(compare_records([DeviceRecord("SIM1", (OLD,))], [DeviceRecord("SIM1", (NEW,))]))
    assert (change["kind"], change["id"], change["action"]) == ("device", "SIM1", "changed")
    assert change["periods"][0]["clock"] == "fixed:+01:00"
    assert change["previous"][0]["valid_to"] == 1_767_225_600_000
