"""What is at hand in memory, and what is not; home sites."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.control import correction_view
from ingest.control.correction_view import CorrectionView
from ingest.control.home_sites import HomeSites
from runtime.sections import KafkaSettings
from schemas.codec import encode_event
from schemas.corrections import CorrectionOperation, CorrectionStatus
from schemas.employees import Employee, Employment, employee_key
from tests.unit.ingest.control.test_correction_states import correction

DAY_MS = 86_400_000
NOW = 1_000 * DAY_MS


def record(value: bytes | None, key: bytes = b"k") -> Any:
    return SimpleNamespace(key=key, value=value, offset=0)


def view_of(*corrections: Any) -> CorrectionView:
    view = CorrectionView(KafkaSettings(), keep_days=10, clock=lambda: NOW / 1000)
    for one in corrections:
        view.apply(record(encode_event(one)))
    return view


def ids(view: CorrectionView) -> set[str]:
    return {one.correction_id for one in view.all()}


def test_pending_ones_and_recent_ones_are_at_hand() -> None:
    old = {"requested_at": NOW - 20 * DAY_MS, "punch_at": NOW - 20 * DAY_MS, "local_text": ""}
    pending = correction(correction_id="1" * 32, **old)
    decided = correction(correction_id="2" * 32, status=CorrectionStatus.APPROVED, decided_at=NOW - 11 * DAY_MS, **old)
    recent = replace(decided, correction_id="3" * 32, decided_at=NOW - 9 * DAY_MS)
    leave = replace(
        decided, correction_id="4" * 32, operation=CorrectionOperation.LEAVE, work_date="1972-09-27", punch_at=None
    )
    assert ids(view_of(pending, decided, recent, leave)) == {"1" * 32, "3" * 32, "4" * 32}
    view = view_of(pending, replace(pending, version=2, status=CorrectionStatus.REJECTED, decided_at=NOW - 12 * DAY_MS))
    assert ids(view) == set()
    assert list(view.of_employee("acme", "4711")) == []


def test_of_two_records_of_a_version_the_first_holds_and_nonsense_is_left_out() -> None:
    first = correction(version=2, status=CorrectionStatus.APPROVED, decided_by="bo", decided_at=NOW, requested_at=NOW)
    view = view_of(correction(requested_at=NOW), first, replace(first, status=CorrectionStatus.REJECTED))
    view.apply(record(b"{}"))
    view.apply(record(None))
    assert view.find(first.correction_id) == first
    assert list(view.of_employee("acme", "4711")) == [first]


def test_no_more_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correction_view, "MAX_KEPT", 3)
    monkeypatch.setattr(correction_view, "_SWEEP_EVERY", 5)
    pending = [correction(correction_id=f"{n:032x}", requested_at=NOW + n) for n in range(3)]
    decided = [replace(one, correction_id=f"{n:032x}", status=CorrectionStatus.APPROVED, decided_at=NOW + n)
               for n, one in enumerate(pending[:2], 3)]  # fmt: skip
    assert ids(view_of(*pending, *decided)) == {one.correction_id for one in pending}


def test_home_sites_by_date() -> None:
    homes = HomeSites(KafkaSettings())
    moved = Employee(
        tenant="acme", employee="1", rank=1, site="berlin", source="operator",
        employment=[Employment(valid_from="2025-01-01", valid_to="2025-06-01", site="paris")],
    )  # fmt: skip
    for one in (moved, Employee(tenant="acme", employee="2", rank=1, site="berlin", active=False, source="operator"),
                Employee(tenant="acmeX", employee="3", rank=1, site="berlin", source="operator")):  # fmt: skip
        homes.apply(record(encode_event(one), employee_key(one.tenant, one.employee)))
    homes.apply(record(b"nonsense"))
    assert list(homes.of_site("acme", "berlin", date(2025, 7, 1))) == ["1"]
    assert list(homes.of_site("acme", "paris", date(2025, 5, 31))) == ["1"]
    assert list(homes.of_site("acme", "berlin", date(2025, 1, 1))) == []
    assert list(homes.of_site("acme", "berlin", date(2025, 6, 1))) == ["1"]
    home = homes.find("acme", "2")
    assert home is not None
    assert (home.active, home.at(date(2025, 1, 1))) == (False, "berlin")
    homes.apply(record(None, employee_key("acme", "1")))
    assert homes.find("acme", "1") is None
