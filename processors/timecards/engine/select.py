"""The effective punches: corrections applied, what does not count left out, directions read, sorted. Source: B1, B4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from processors.timecards.engine.effective_terms import terms_at
from processors.timecards.engine.exceptions import Loose
from processors.timecards.engine.inputs import Inputs, PunchInput, Terms
from processors.timecards.engine.shift import Kept
from processors.timecards.engine.zones import zone_of
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.policies import STATE_MAPS, Policy

# A clock that is wrong is no evidence of when (DESIGN 5): stored, flagged on the card, kept out of the sums.
WRONG_CLOCK = {"FUTURE_PUNCH": "FUTURE_PUNCH", "PAST_PUNCH": "PAST_PUNCH", "QUARANTINED": "PAST_PUNCH"}


def effective_punches(inputs: Inputs) -> list[PunchInput]:
    """Punches after the approved corrections, in (decided_at, id) order; originals are never changed."""
    if not inputs.corrections:
        return list(inputs.punches)
    punches = {punch.punch_id: punch for punch in inputs.punches}
    for correction in _in_force(inputs.corrections):
        if correction.operation is CorrectionOperation.ADD:
            if correction.punch_at is not None:  # without a time there is nothing to add
                punches[correction.correction_id] = _added(correction, correction.punch_at)
        elif (target := punches.get(correction.target)) is None:
            continue  # its punch has not come (yet), or an earlier decision removed it
        elif correction.operation is CorrectionOperation.EDIT:
            punches[correction.target] = _edited(target, correction)
        else:
            del punches[correction.target]
    return list(punches.values())


def select(inputs: Inputs) -> tuple[list[Kept], list[Loose]]:
    """The punches that count, by (instant, manual last, serial, PIN, local second), and findings about others."""
    kept: list[Kept] = []
    loose: list[Loose] = []
    for punch in effective_punches(inputs):
        if not punch.is_attendance:
            continue
        terms = terms_at(inputs.terms, punch.at_ms // 1000)
        wrong = next((WRONG_CLOCK[flag] for flag in punch.time_flags if flag in WRONG_CLOCK), None)
        if wrong is not None:
            loose.append(Loose(wrong, _home_day(punch, terms), (punch.punch_id,)))
            continue
        at = punch.at_ms // 1000 if terms.policy.seconds == "keep" else punch.at_ms // 60_000 * 60
        direction = _direction(punch, terms.policy, inputs)
        kept.append(Kept(punch, at, direction or "UNKNOWN", terms, not direction))
    kept.sort(key=_order)
    return _without_surplus(kept, loose), loose


def _order(one: Kept) -> tuple[int, bool, str, str, int, str]:
    punch = one.punch
    return punch.at_ms, punch.manual, punch.serial, punch.pin, punch.at_ms + punch.offset_s * 1000, punch.punch_id


def _direction(punch: PunchInput, policy: Policy, inputs: Inputs) -> str:
    """Empty when the code means nothing. Under `alternate` nothing is read from the punch."""
    if policy.direction == "alternate":
        return "UNKNOWN"
    if punch.direction:
        return punch.direction
    if punch.state is None:
        return "UNKNOWN"  # a door without states, or nothing chosen
    for period in inputs.state_maps.get(punch.serial, ()):
        if (period.from_ms is None or period.from_ms <= punch.at_ms) and (
            period.to_ms is None or punch.at_ms < period.to_ms
        ):
            return period.directions.get(str(punch.state), "")
    return _directions(policy.state_map).get(str(punch.state), "")


@lru_cache(maxsize=256)
def _directions(state_map: str | tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return STATE_MAPS[state_map] if isinstance(state_map, str) else dict(state_map)


def _without_surplus(kept: list[Kept], loose: list[Loose]) -> list[Kept]:
    """The first `max_punches_per_day` of each date at home; later ones are told."""
    if all(one.terms.policy.max_punches_per_day is None for one in kept):
        return kept
    counts: dict[int, int] = {}
    few: list[Kept] = []
    for one in kept:
        day = _home_day(one.punch, one.terms)
        counts[day] = counts.get(day, 0) + 1
        limit = one.terms.policy.max_punches_per_day
        if limit is None or counts[day] <= limit:
            few.append(one)
        elif counts[day] == limit + 1:
            loose.append(Loose("TOO_MANY_PUNCHES", day, ()))
    return few


def _home_day(punch: PunchInput, terms: Terms) -> int:
    return zone_of(terms.zone).day(punch.at_ms // 1000, terms.policy.day_cut_min)


def _in_force(corrections: Iterable[Correction]) -> list[Correction]:
    latest: dict[str, Correction] = {}
    for correction in corrections:
        known = latest.get(correction.correction_id)
        if known is None or known.version < correction.version:
            latest[correction.correction_id] = correction
    approved = [one for one in latest.values() if one.status is CorrectionStatus.APPROVED]
    return sorted(approved, key=lambda one: (one.decided_at or 0, one.correction_id))


def _added(correction: Correction, at_ms: int) -> PunchInput:
    return PunchInput(
        correction.correction_id, at_ms, zone_of(correction.zone).offset(at_ms // 1000),
        correction.zone, correction.state, site=correction.site, work_code=correction.work_code, manual=True,
    )  # fmt: skip


def _edited(punch: PunchInput, correction: Correction) -> PunchInput:
    """What the correction says; the rest stays. It counts as manual (B14)."""
    edited = replace(
        punch,
        state=punch.state if correction.state is None else correction.state,
        work_code=correction.work_code or punch.work_code,
        site=correction.site or punch.site,
        manual=True,
    )
    if correction.punch_at is None:
        return edited
    zone = correction.zone or punch.zone
    offset = zone_of(zone).offset(correction.punch_at // 1000)
    return replace(edited, at_ms=correction.punch_at, offset_s=offset, zone=zone, time_flags=())
