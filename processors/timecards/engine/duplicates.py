"""Punches of the same moment: somebody presented the badge twice. Source: B4, B14."""

from __future__ import annotations

from processors.timecards.engine.exceptions import Loose
from processors.timecards.engine.shift import Kept
from processors.timecards.engine.zones import zone_of


def drop_duplicates(punches: list[Kept], loose: list[Loose]) -> list[Kept]:
    """Without punches closer (strictly, by exact times) than the window to the one reference: the last kept (throttle)
    or the last seen (debounce), whatever its direction. A pair counts as repeated when the directions are equal or one
    is unknown. Manual punches are neither dropped nor reference.
    """
    kept: list[Kept] = []
    reference: Kept | None = None
    for one in punches:
        if one.punch.manual:
            kept.append(one)
            continue
        policy = one.terms.policy
        if reference is not None and one.punch.at_ms - reference.punch.at_ms < policy.dup_window_s * 1000:
            repeated = one.direction == reference.direction or "UNKNOWN" in (one.direction, reference.direction)
        else:
            repeated = False
        if repeated:
            day = zone_of(one.terms.zone).day(one.punch.at_ms // 1000, policy.day_cut_min)
            loose.append(Loose("DUPLICATE_PUNCH", day, (one.punch.punch_id,)))
        else:
            kept.append(one)
        if not repeated or policy.dup_mode == "debounce":
            reference = one
    return kept
