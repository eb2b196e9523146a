"""Registry files from the disk, against the registry as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import RegistryFileWrong
from cli.registry_apply import plan_files, read_files
from schemas.registry import DevicePeriod, DeviceRecord, SitePeriod, SiteRecord

SITE = SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),))


def test_files_are_read_with_their_names(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("sites: []  # ü\n", encoding="utf-8")
    assert read_files([file]) == [(str(file), "sites: []  # ü\n")]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("id,name,zone\nx,Köln,UTC\n".encode("latin-1"))
    with pytest.raises(RegistryFileWrong, match=r"latin\.csv is not UTF-8: .* at byte 16"):
        read_files([latin])
    with pytest.raises(RegistryFileWrong, match=r"cannot read .*gone\.yaml: No such file"):
        read_files([tmp_path / "gone.yaml"])


def test_sites_of_the_registry_count_and_mistakes_come_all_at_once() -> None:
    rows = "devices: [{serial: A, site: berlin, tenant: demo}]"
    device = DeviceRecord("A", (DevicePeriod(site="berlin", tenant="demo", zone="Europe/Berlin"),))
    (change,) = plan_files([("r.yaml", rows)], [SITE])
    assert (change.record, change.action) == (device, "new")
    with pytest.raises(RegistryFileWrong, match=r"(?s)2 mistakes .*\n  r\.yaml line 1: .*\n  s\.csv line 1: "):
        plan_files([("r.yaml", rows), ("s.csv", "")], [])
