"""Whom identities and areas are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from processors.resolve.fan_out import AreaChange, area_of, by_partition, devices_told, latest, read_area, read_identity
from schemas.codec import encode_event
from schemas.employees import Identity, identity_key, parse_identity_key
from schemas.registry import AreaRecord, GroupPeriod, encode_record, record_key

ANN = Identity(
    tenant="demo", scope="area:biotime:b1/2", pin="7", valid_from=5, employee="ann", rank=1, source="operator"
)
AREA = AreaRecord("x", (GroupPeriod(valid_to=9, devices=("D1", "D2")), GroupPeriod(valid_from=9, devices=("D2",))))


def test_an_identity_has_the_version_of_its_record_whether_it_is_there_or_gone() -> None:
    change = read_identity(identity_key(ANN), encode_event(ANN), 41)
    assert (change.version, change.employee, change.scope, change.valid_from) == (42, "ann", "area:biotime:b1/2", 5)
    gone = read_identity(identity_key(ANN), None, 50)
    assert gone.deleted
    assert (gone.entry, gone.pin, gone.version) == (change.entry, "7", 51)


def test_keys_of_identities_are_read_back() -> None:
    for identity in (ANN, replace(ANN, valid_from=None), replace(ANN, scope="device:D1", valid_from=-5)):
        place = (identity.tenant, identity.scope, identity.pin, identity.valid_from)
        assert parse_identity_key(identity_key(identity)) == place
    for key in (b"", b"rubbish", b"demo+7+", b"demo+area:x+7+soon"):
        with pytest.raises(ValueError, match=r"tenant\+scope|invalid literal"):
            parse_identity_key(key)


def test_a_record_under_another_key_is_refused() -> None:
    with pytest.raises(ValueError, match="the key says"):
        read_identity(b"demo+device:D1+7+", encode_event(ANN), 1)
    with pytest.raises(ValueError, match="the key says"):
        read_area(b"area+y", encode_record(AREA), 1)


def test_all_that_ever_were_in_an_area_are_told() -> None:
    change = read_identity(identity_key(ANN), encode_event(ANN), 1)
    assert area_of(change) == "biotime:b1/2"
    assert devices_told(change, AREA) == ["D1", "D2"]
    assert devices_told(change, None) == []
    own = read_identity(identity_key(own_one := replace(ANN, scope="device:D1")), encode_event(own_one), 1)
    assert (area_of(own), devices_told(own, None)) == ("", ["D1"])


def test_each_partition_is_told_its_devices_of_an_area_and_those_without_any_too() -> None:
    change = read_area(record_key(AREA), encode_record(AREA), 7)
    assert change is not None
    told = dict(by_partition(change, lambda device: int(device[1:]) - 1, 3))
    assert [told[number].devices for number in range(3)] == [{"D1": [[None, 9]]}, {"D2": [[None, 9], [9, None]]}, {}]
    assert {one.version for one in told.values()} == {8}
    gone = read_area(record_key(AREA), None, 9)
    assert gone is not None
    assert [one.devices for _, one in by_partition(gone, lambda _: 0, 2)] == [{}, {}]


def test_of_the_registry_only_areas_count_and_of_each_the_last() -> None:
    assert read_area(b"site+pune", b"whatever", 1) is None
    first, second = AreaChange("x", 1, AREA), AreaChange("x", 3, None)
    assert latest([first, AreaChange("y", 2, None), second]) == [second, AreaChange("y", 2, None)]
