"""The payroll example keeps what it promises: upsert, weeks that wait, manifests, adjustments once."""

import json
from dataclasses import asdict, replace
from hashlib import sha256
from random import Random
from typing import Any

import pytest

from examples.payroll_consumer import SUMS, Payroll
from schemas.payperiods import Manifest, PayPeriod, PeriodStatus
from schemas.timecards import MANIFEST_KEYS, CardAdjustment, CardStatus, DailyCard, WeekCard

GROUP = ("t", "g", "2026-03-02")
CARD = DailyCard(
    card_id="x", tenant="t", employee="1", work_date="2026-03-02", weekday=0, week_start="2026-03-02", version=1,
    revision=1, status=CardStatus.LOCKED, is_final=True, cause="NEW_PUNCH", content_hash="a" * 32, derived_at=0,
    pay_group="g", gross=480, worked=480, reg=480,
)  # fmt: skip
OTHER = replace(CARD, employee="2", version=3, revision=5, worked=60, reg=0, ot1=60)
ADJUSTMENT = CardAdjustment(
    adjustment_id="b" * 32, tenant="t", employee="1", work_date="2026-02-20", week_start="2026-02-16", pay_group="g",
    period_first="2026-02-16", period_version=3, apply_first="2026-03-02", sequence=1, locked_version=1, new_version=2,
    minutes={"worked": -30, "reg": -30}, cause="CORRECTION", derived_at=0,
)  # fmt: skip


def _hash(*cards: DailyCard) -> str:
    total = 0
    for card in cards:
        text = f"{card.tenant}+{card.employee}+{card.work_date}+{card.version}+{card.content_hash}"
        total += int.from_bytes(sha256(text.encode()).digest()[:16], "big")
    return f"{total % 2**128:032x}"


def _period(*cards: DailyCard, version: int = 3, status: PeriodStatus = PeriodStatus.LOCKED) -> PayPeriod:
    sums = {key: sum(getattr(card, key) for card in cards) for key in MANIFEST_KEYS}
    manifest = Manifest(cards=len(cards), employees=len(cards), minutes=sums, content_hash=_hash(*cards))
    return PayPeriod(
        tenant="t", pay_group="g", first="2026-03-02", last="2026-03-15", version=version, status=status,
        manifest=manifest, changed_at=0,
    )  # fmt: skip


def _take(payroll: Payroll, topic: str, *events: Any) -> None:
    start = payroll.next_offset(topic, 0) or 0
    payroll.take(topic, 0, [(start + n, json.dumps(asdict(event)).encode()) for n, event in enumerate(events)])


def test_it_sums_what_the_manifest_sums() -> None:
    assert SUMS == MANIFEST_KEYS


def test_the_greatest_version_and_revision_counts_in_any_order() -> None:
    versions = [
        replace(CARD, version=version, revision=revision, worked=100 * version + revision)
        for version, revision in ((1, 1), (1, 2), (2, 3), (3, 4))
    ]
    for seed in range(20):
        payroll = Payroll()
        shuffled = versions * 2
        Random(seed).shuffle(shuffled)
        _take(payroll, "timecards.daily", *shuffled)
        _take(payroll, "payperiods", _period(versions[-1]))
        assert payroll.to_pay(*GROUP)["1"]["worked"] == 304


def test_offsets_are_kept_with_the_data(tmp_path: Any) -> None:
    file = str(tmp_path / "payroll.sqlite")
    payroll = Payroll(file)
    _take(payroll, "timecards.daily", CARD, OTHER)
    with pytest.raises(json.JSONDecodeError):
        payroll.take("timecards.daily", 0, [(2, json.dumps(asdict(CARD)).encode()), (3, b"not JSON")])
    payroll.close()
    again = Payroll(file)
    assert again.next_offset("timecards.daily", 0) == 2
    assert again.next_offset("timecards.daily", 1) is None


def test_a_week_waits_for_its_cards() -> None:
    payroll = Payroll()
    week = WeekCard(
        tenant="t", employee="2", week_start="2026-03-02", version=1, content_hash="c" * 32, derived_at=0,
        days={"2026-03-02": 3}, statuses={"2026-03-02": "LOCKED"}, worked=60, ot1=60,
    )  # fmt: skip
    _take(payroll, "timecards.week", week)
    assert payroll.week("t", "2", "2026-03-02") is None
    _take(payroll, "timecards.daily", replace(OTHER, version=2))
    assert payroll.week("t", "2", "2026-03-02") is None
    _take(payroll, "timecards.daily", OTHER)
    found = payroll.week("t", "2", "2026-03-02")
    assert found is not None
    assert (found["worked"], found["ot1"]) == (60, 60)


def test_a_period_is_paid_only_when_all_its_cards_are_there_and_agree() -> None:
    payroll = Payroll()
    _take(payroll, "payperiods", _period(CARD, OTHER))
    _take(payroll, "timecards.daily", CARD)
    assert payroll.verdict(*GROUP).state == "waiting"
    _take(payroll, "timecards.daily", replace(OTHER, revision=4, is_final=False, status=CardStatus.COMPLETE))
    assert payroll.verdict(*GROUP).state == "waiting"
    with pytest.raises(ValueError, match="waiting"):
        payroll.to_pay(*GROUP)
    _take(payroll, "timecards.daily", OTHER, replace(OTHER, work_date="2026-03-16"))
    assert payroll.verdict(*GROUP) == ("agrees", _hash(CARD, OTHER), "")


@pytest.mark.parametrize("change", [{"worked": 481}, {"content_hash": "f" * 32}, {"version": 4}])
def test_a_period_that_differs_is_never_paid(change: dict[str, Any]) -> None:
    payroll = Payroll()
    _take(payroll, "payperiods", _period(CARD, OTHER))
    _take(payroll, "timecards.daily", replace(CARD, **change), OTHER)
    assert payroll.verdict(*GROUP).state == "differs"
    with pytest.raises(ValueError, match="differs"):
        payroll.to_pay(*GROUP)


def test_an_adjustment_is_paid_once_with_the_period_that_it_names() -> None:
    payroll = Payroll()
    _take(payroll, "timecards.adjustments", ADJUSTMENT, ADJUSTMENT)
    _take(payroll, "timecards.daily", CARD, OTHER)
    _take(payroll, "payperiods", _period(CARD, OTHER))
    assert payroll.to_pay(*GROUP)["1"]["reg"] == 450
    assert payroll.to_pay(*GROUP)["2"]["ot1"] == 60


def test_a_reopened_period_takes_its_adjustments_along() -> None:
    payroll = Payroll()
    later = replace(ADJUSTMENT, adjustment_id="d" * 32, period_version=5)
    reopened = replace(_period(CARD, OTHER, version=4, status=PeriodStatus.REOPENED), first="2026-02-16")
    _take(payroll, "timecards.adjustments", ADJUSTMENT, later)
    _take(payroll, "payperiods", reopened, _period(CARD, OTHER))
    _take(payroll, "timecards.daily", CARD, OTHER)
    assert payroll.to_pay(*GROUP)["1"]["reg"] == 450
    assert payroll.locked_periods() == [GROUP]


def test_the_erasure_of_a_record_is_no_retraction() -> None:
    payroll = Payroll()
    payroll.take("timecards.daily", 0, [(0, None)])
    assert payroll.next_offset("timecards.daily", 0) == 1
