"""Duplicates among the punches in order (B4)."""

from collections.abc import Sequence

from tests.reference.timecards.inputs import Policy, Punch


def without_duplicates(punches: Sequence[Punch], policy: Policy) -> tuple[list[Punch], list[Punch]]:
    """B4: kept and dropped. One reference, the last kept (throttle) or last seen (debounce), on exact times (B14)."""
    kept: list[Punch] = []
    dropped: list[Punch] = []
    reference: Punch | None = None
    for punch in punches:
        if punch.manual:  # neither dropped nor used as reference
            kept.append(punch)
            continue
        duplicate = (
            reference is not None
            and punch.at - reference.at < policy["dup_window_s"]  # strict
            and (punch.direction == reference.direction or "UNKNOWN" in (punch.direction, reference.direction))
        )
        if duplicate:
            dropped.append(punch)
        else:
            kept.append(punch)
        if not duplicate or policy["dup_mode"] == "debounce":
            reference = punch
    return kept, dropped
