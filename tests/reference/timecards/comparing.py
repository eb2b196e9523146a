"""Two sets of cards side by side by the reading rules of section 0."""

from collections.abc import Collection, Mapping
from typing import Any

NUMBERS = (
    "gross", "paid_break", "unpaid_break", "meal_auto", "worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd",
    "night", "late", "early", "absent", "leave",
)  # fmt: skip


def differences(
    expected: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]], info_codes: Collection[str]
) -> list[str]:
    """One line per number, exception set, labor or status that differs; empty when the cards are as expected."""
    lines: list[str] = []
    for day in sorted({*expected, *found}):
        want, have = expected.get(day, {}), found.get(day, {})
        for key in NUMBERS:
            if want.get(key, 0) != have.get(key, 0):
                lines.append(f"{day} {key}: expected {want.get(key, 0)}, found {have.get(key, 0)}")
        want_codes = set(want.get("exceptions", ())) - set(info_codes)
        have_codes = set(have.get("exceptions", ())) - set(info_codes)
        if want_codes != have_codes:
            lines.append(f"{day} exceptions: expected {sorted(want_codes)}, found {sorted(have_codes)}")
        if "labor" in want and want["labor"] != have.get("labor"):
            lines.append(f"{day} labor: expected {want['labor']}, found {have.get('labor')}")
        if want.get("status") == "OPEN" and have.get("status") != "OPEN":
            lines.append(f"{day} status: expected OPEN, found {have.get('status')}")
    return lines
