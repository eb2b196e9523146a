"""The typed helpers of the document's odd forms."""

from collections.abc import Callable

import pytest

from wire.zkpush.commands import values


def test_the_documents_samples() -> None:
    assert values.user_schedules((1, 2, 15)) == "000000010002000F"  # VI 7.2
    assert values.group_schedules((1, 2, 16)) == "000100020010"  # VI 7.15.4
    assert values.mask({1, 3, 5, 6}, 6) == "1:0:1:0:1:1"  # VI 7.17.3
    assert values.mask({1, 3}, 3) == "1:0:1"
    assert values.day_times(("08:30", "09:00", "08:00", "12:00", "11:12", "00:00", "00:00")) == (
        "08:30;09:00;08:00;12:00;11:12;00:00;00:00;"
    )


def test_z10_a_week_is_56_digits() -> None:
    week = values.week_digits(("11:23-12:33", "00:00-15:33", *("00:00-12:33",) * 3, "01:00-12:33", "00:00-12:33"))
    assert week == "11231233000015330000123300001233000012330100123300001233"
    assert len(week) == 56


def test_other_forms() -> None:
    assert values.user_schedules(None) == "0001000000000000"
    assert values.user_schedules(()) == "0000000000000000"
    assert values.clock_256("23:59") == 23 * 256 + 59
    assert values.access_period("08:30-12:00") == 0x033E04B0
    assert values.access_period("00:00-23:59") == 2359
    assert values.mac("00:17:61:ab:cd:ef") == "00:17:61:AB:CD:EF"
    assert values.netmask("255.255.254.0") == "255.255.254.0"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: values.user_schedules((1, 2, 3, 4)), "at most three"),
        (lambda: values.group_schedules((51,)), "to 50"),
        (lambda: values.mask({0}, 6), "1 to 6"),
        (lambda: values.mask({7}, 6), "1 to 6"),
        (lambda: values.day_times(("08:30",) * 6), "6 times"),
        (lambda: values.day_times(("8:30",) * 7), "hh:mm"),
        (lambda: values.week_digits(("00:00-24:00",) * 7), "hh:mm"),
        (lambda: values.clock_256("12:60"), "hh:mm"),
        (lambda: values.ipv4("1.2.3"), "IPv4"),
        (lambda: values.netmask("24"), "mask"),
        (lambda: values.mac("00:00:00:00:00:00"), "MAC"),
        (lambda: values.verify_map("129:1,"), "pairs"),
    ],
)
def test_refusals(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
