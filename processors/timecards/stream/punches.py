"""A kept punch as the engine takes it, with what the registry says of its device at that time."""

from __future__ import annotations

from processors.timecards.engine.inputs import PunchInput
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.kept import KeptPunch


def punch_input(registry: CardRegistry, punch_id: str, kept: KeptPunch) -> PunchInput:
    """A clock's code goes through its state map (errata Z5, Z12); a server's is a standard one already. The direction
    of a reader for one way holds whatever the state says. Raises ValueError for a mark, which is no punch."""
    place = kept.place
    if place is None:
        raise ValueError(f"{punch_id} is the mark of a punch that was taken away")
    state, direction = kept.state, ""
    period = registry.device_at(place.serial, kept.punch_at)
    if period is not None:
        direction = period.direction
        if state is not None and period.state_map and place.source == "push":
            state = period.state_map.get(str(state), state)
    return PunchInput(
        punch_id, kept.punch_at, place.offset_s, place.zone, state, direction, place.serial, place.pin, place.site,
        _code(kept.work_code), _codes(kept.job_codes), kept.tip_codes, kept.received_at, True, kept.time_flags,
        kept.unverified,
    )  # fmt: skip


def _code(text: str) -> str:
    """A terminal writes 0 where no code was chosen."""
    return "" if text == "0" else text


def _codes(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_code, texts)) if texts else ()
