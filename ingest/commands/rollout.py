"""Commands that may part devices from the server go in waves: one device, then 1, 2, 4, ... more (errata Z15). Pure.

A wave goes once every command of the waves before it is done and its device came back; one that fails or stays away
stops all that follow, until they expire or somebody cancels them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A device's place in a rollout; waits_for: how many commands of earlier waves must be confirmed."""

    wave: int
    waits_for: int


def waves(commands_of: Sequence[int]) -> list[Place]:
    """The place of each device, given how many commands each of them gets. The first is the canary.

    Sizes of the waves: 1, 1, 2, 4, 8, ... so that a wave is never larger than what has proved itself.
    """
    places: list[Place] = []
    wave, end, waits_for, commands = 0, 1, 0, 0
    for index, count in enumerate(commands_of):
        if index == end:
            wave, end, waits_for = wave + 1, end * 2, commands
        places.append(Place(wave, waits_for))
        commands += count
    return places
