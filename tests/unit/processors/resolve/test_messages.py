"""Records for timecards.input are what their type says, and hold all that a card needs of a punch."""

from __future__ import annotations

from dataclasses import replace

import orjson

from processors.resolve.kept import KeptPunch, decode_day, encode_day
from processors.resolve.messages import assign, retract, site_told
from processors.resolve.watermarks import SiteDevices, SiteWatermark
from schemas.codec import decode_event, encode_event
from schemas.events import TimeFlag
from schemas.timecards_input import TimecardInput
from tests.unit.processors.resolve.worlds import T0, punch

PUNCH = replace(
    punch("D1", "7"),
    rank=(1 << 64) - 1,
    time_flags=[TimeFlag.FUTURE_PUNCH],
    state=None,
    unverified=True,
    work_code="5",
    job_codes=["a", "b"],
    tip_codes=["c"],
)


def test_they_are_of_their_type() -> None:
    kept = decode_day(encode_day({"id": KeptPunch.of(PUNCH).owned_by("ann")}))["id"]
    told = site_told("pune", 3, SiteDevices(frozenset(), (1, 3)), 9, SiteWatermark(T0, {"D1": None}))
    for record in (assign("id", "D1", "7", kept, 4), retract("id", "bob", kept, 4), told):
        fields = orjson.loads(record.value)
        everything = orjson.loads(encode_event(decode_event(TimecardInput, record.value)))
        assert {name: everything[name] for name in fields} == fields


def test_an_assigned_punch_is_the_punch() -> None:
    record = assign("id", "D1", "7", KeptPunch.of(PUNCH).owned_by("ann"), 4)
    told = decode_event(TimecardInput, record.value)
    assert (record.key, record.partition_by, told.identity_version, told.rank) == (
        b"demo+ann", b"demo+ann", 4, PUNCH.rank,
    )  # fmt: skip
    assigned = orjson.loads(encode_event(told.punch))
    whole = orjson.loads(encode_event(PUNCH))
    assert assigned == {name: whole[name] for name in assigned}
