"""What an operator's word does to a record: no gap behind the last period, nothing of the past rewritten."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.control.errors import ControlRefused
from ingest.control.registry_changes import Placement, approved, changed, period_at, refused, replaced, retired
from schemas.registry import DevicePeriod, DeviceRecord, HandshakeOptions

AT = 1_000
PLACE = Placement("berlin", "Europe/Berlin", "acme", ("gate",))
SERVED = DevicePeriod(site="berlin", zone="Europe/Berlin", tenant="acme", tags=("gate",))


def record(*periods: DevicePeriod, source: str = "operator") -> DeviceRecord:
    return DeviceRecord("A", periods, "connector" if source == "connector" else "operator")


def test_a_new_device_is_where_it_is_since_ever() -> None:
    assert approved(None, "A", PLACE, AT) == record(SERVED)


def test_a_retired_device_comes_back_without_a_gap() -> None:
    old = DevicePeriod(valid_to=500, site="paris", zone="Europe/Paris", tenant="acme")
    back = approved(record(old), "A", PLACE, AT)
    assert back.periods[0] == old
    assert (back.periods[1].valid_from, back.periods[1].site) == (500, "berlin")


def test_a_refused_device_is_served_for_as_long_as_it_was_refused() -> None:
    out = refused(None, "A", "acme", 10)
    assert out.periods == (DevicePeriod(tenant="acme", admission="refuse"),)
    assert approved(out, "A", PLACE, AT) == record(SERVED)


def test_what_a_connector_said_becomes_an_operators_word() -> None:
    assert retired(record(SERVED, source="connector"), "A", AT).source == "operator"


def test_refusing_one_that_is_served_keeps_what_was() -> None:
    out = refused(record(SERVED), "A", "x", AT)
    assert [(p.valid_from, p.valid_to, p.admission) for p in out.periods] == [(None, AT, "serve"), (AT, None, "refuse")]
    with pytest.raises(ControlRefused, match="refused already"):
        refused(out, "A", "x", AT + 1)


def test_replacing_takes_the_place_and_leaves_what_is_the_boxs_own() -> None:
    options = HandshakeOptions(delay_s=10)
    old = DevicePeriod(
        site="berlin", zone="Europe/Berlin", tenant="acme", tags=("gate",), options=options, key_digests=("k:1",),
        verify_map={"1": 2}, state_map={"3": 4}, transaction_capacity=9,
    )  # fmt: skip
    ended, new = replaced(record(old), "A", None, "B", AT)
    assert (ended.id, ended.periods[0].valid_to) == ("A", AT)
    (period,) = new.periods
    assert (new.id, period.replaces, period.valid_from, period.valid_to) == ("B", "A", None, None)
    assert (period.site, period.tags, period.options, period.key_digests) == ("berlin", ("gate",), options, ("k:1",))
    assert (period.verify_map, period.state_map, period.transaction_capacity) == ({}, {}, None)
    for other, message in ((DeviceRecord("B", (SERVED,)), "B is served already"), (None, "cannot replace itself")):
        with pytest.raises(ControlRefused, match=message):
            replaced(record(old), "A", other, "B" if other else "A", AT)


def test_facts_that_punches_are_read_with_are_dated_and_others_are_not() -> None:
    after = changed(record(SERVED), "A", {"zone": "Europe/Paris", "tags": ("x",)}, AT)
    assert [(p.valid_from, p.valid_to, p.zone, p.tags) for p in after.periods] == [
        (None, AT, "Europe/Berlin", ("x",)),
        (AT, None, "Europe/Paris", ("x",)),
    ]
    corrected = changed(record(SERVED), "A", {"zone": "Europe/Paris"}, AT, since_ever=True)
    assert [(p.valid_from, p.zone) for p in corrected.periods] == [(None, "Europe/Paris")]
    assert changed(record(SERVED), "A", {"zone": "Europe/Berlin"}, AT) == record(SERVED)
    with pytest.raises(ControlRefused, match="tenant cannot be changed"):
        changed(record(SERVED), "A", {"tenant": "other"}, AT)


@pytest.mark.parametrize("known", [None, record(DevicePeriod(valid_to=5)), record(DevicePeriod(admission="refuse"))])
def test_what_is_not_in_use_cannot_be_changed_retired_or_replaced(known: DeviceRecord | None) -> None:
    for change in (
        lambda: retired(known, "A", AT),
        lambda: changed(known, "A", {"tags": ()}, AT),
        lambda: replaced(known, "A", None, "B", AT),
    ):
        with pytest.raises(ControlRefused, match="not in use"):
            change()


def test_later_periods_are_left_to_a_registry_file() -> None:
    later = record(DevicePeriod(valid_to=AT + 5), DevicePeriod(valid_from=AT + 5))
    with pytest.raises(ControlRefused, match="periods that begin later"):
        retired(later, "A", AT)


@given(st.lists(st.sampled_from(("approve", "refuse", "retire", "change")), max_size=12))
def test_whatever_is_done_periods_stay_in_order_without_overlap(steps: list[str]) -> None:
    known: DeviceRecord | None = None
    for at, step in enumerate(steps, 1):
        try:
            if step == "approve":
                known = approved(known, "A", PLACE, at)
            elif step == "refuse":
                known = refused(known, "A", "acme", at)
            elif step == "retire":
                known = retired(known, "A", at)
            else:
                known = changed(known, "A", {"zone": f"Etc/GMT+{at % 12}"}, at)
        except ControlRefused:
            continue
        period = period_at(known, at + 1)
        assert (period is None) == (step == "retire")
        ends = [(p.valid_from, p.valid_to) for p in known.periods]
        assert ends[0][0] is None
        for (_, end), (start, _) in pairwise(ends):
            assert end == start
        assert all(start is None or end is None or start < end for start, end in ends)


def test_a_direction_holds_from_now_on_and_stays_with_the_place() -> None:
    now = changed(record(SERVED), "A", {"direction": "IN"}, AT)
    assert [(p.valid_to, p.direction) for p in now.periods] == [(AT, ""), (None, "IN")]
    _, new = replaced(now, "A", None, "B", AT + 1)
    assert new.periods[-1].direction == "IN"
