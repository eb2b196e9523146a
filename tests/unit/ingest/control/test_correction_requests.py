"""What may be asked for, and the correction that it makes."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.control.correction_requests import Wanted, check_reason, correction_of
from ingest.control.errors import RequestInvalid
from schemas.codec import decode_event, encode_event
from schemas.corrections import Correction

NOW = 1_763_650_000_000  # 2025-11-20 14:46:40 UTC


def wanted(operation: str, **fields: Any) -> Wanted:
    return Wanted(operation=operation, employee="4711", reason="clock was down", **fields)  # type: ignore[arg-type]


def made(request: Wanted) -> Correction:
    correction = correction_of(
        request, correction_id="a" * 32, tenant="acme", zone="Europe/Berlin", site="berlin", who="ada", at=NOW
    )
    assert decode_event(Correction, encode_event(correction)) == correction
    return correction


def test_an_addition_is_at_the_home_site_in_its_zone() -> None:
    one = made(wanted("add", local="2025-11-20 08:00", state=0))
    assert (one.punch_at, one.local_text, one.zone, one.site) == (
        1_763_622_000_000, "2025-11-20T08:00:00", "Europe/Berlin", "berlin",
    )  # fmt: skip
    assert (one.version, one.status.value, one.requested_by, one.requested_at, one.source) == (
        1, "pending", "ada", NOW, "operator",
    )  # fmt: skip
    by_instant = made(wanted("add", at=1_763_622_000_000, zone="America/New_York"))
    assert (by_instant.local_text, by_instant.state) == ("2025-11-20T02:00:00", None)


def test_an_edit_changes_what_it_says_and_a_void_nothing() -> None:
    edit = made(wanted("edit", target="b" * 32, target_at=1_763_622_000_000, state=1))
    assert (edit.target, edit.punch_at, edit.zone, edit.site, edit.state) == ("b" * 32, None, "", "", 1)
    moved = made(wanted("edit", target="b" * 32, target_at=1, local="2025-11-20 08:10"))
    assert (moved.punch_at, moved.zone) == (1_763_622_600_000, "Europe/Berlin")
    void = made(wanted("void", target="b" * 32, target_at=5))
    assert (void.target, void.target_at, void.local_text) == ("b" * 32, 5, "")


def test_leave_has_date_and_minutes() -> None:
    one = made(wanted("leave", work_date="2025-11-20", minutes=240, leave_code="sick"))
    assert (one.work_date, one.minutes, one.leave_code, one.punch_at, one.zone) == ("2025-11-20", 240, "sick", None, "")


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (wanted("add"), "needs a wall time"),
        (wanted("add", local="2025-11-20 08:00", at=5), "either a wall time"),
        (wanted("add", local="2027-11-20 08:00"), "2027-11-20T08:00:00 has not come yet"),
        (wanted("add", at=NOW + 600_001), "has not come yet"),
        (wanted("add", local="2025-11-20 08:00", minutes=5, target="x"), "minutes, target means nothing for add"),
        (wanted("edit", target="b" * 32, target_at=1), "edit needs what is to change"),
        (wanted("edit", target="b" * 32, target_at=1, zone="UTC"), "edit needs what is to change"),
        (wanted("edit", state=1), "needs the id of the punch"),
        (wanted("void", target="b" * 32), "its instant"),
        (wanted("void", target="b" * 32, target_at=1, state=0), "state means nothing for void"),
        (wanted("leave", work_date="2025-11-20"), "needs its minutes"),
        (wanted("leave", minutes=5), "work_date '' is no date"),
        (wanted("leave", minutes=5, work_date="2025-11-20", local="2025-11-20 08:00"), "local means nothing for leave"),
    ],
)
def test_what_cannot_be_is_refused(request_: Wanted, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        made(request_)


def test_without_a_zone_nothing_is_guessed() -> None:
    with pytest.raises(RequestInvalid, match="say the zone"):
        correction_of(
            wanted("add", local="2025-11-20 08:00"), correction_id="a" * 32, tenant="acme", zone="", site="", who="a",
            at=NOW,
        )  # fmt: skip


def test_reasons() -> None:
    check_reason(wanted("add"), ())
    check_reason(wanted("add", reason_code="OUTAGE"), ("OUTAGE",))
    with pytest.raises(RequestInvalid, match="is none of OUTAGE, FORGOT"):
        check_reason(wanted("add"), ("OUTAGE", "FORGOT"))
    with pytest.raises(RequestInvalid, match="needs a reason"):
        check_reason(Wanted.model_validate({"operation": "add", "employee": "1", "reason": "  "}), ())
