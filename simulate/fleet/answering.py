"""Which answers to commands come late, twice, again, or never (spec/zk-push.md D7, D13)."""

import random
from dataclasses import dataclass
from typing import Literal

from simulate.fleet.answers import Answer, answer_bodies
from simulate.fleet.life import Faults

Fate = Literal["in time", "resent", "late", "doubled", "never"]


@dataclass(frozen=True, slots=True)
class Answering:
    """Bodies for devicecmd: those to send now, and those to send after `late_seconds`."""

    now: list[bytes]
    later: list[bytes]


def fate_of(faults: Faults, seed: str, command_id: str) -> Fate:
    """What becomes of the answer to this command; the same for the same seed (with the serial) and id."""
    luck = random.Random(f"{seed}:{command_id}:fate").random()
    shares: tuple[tuple[Fate, float], ...] = (
        ("resent", faults.resent),
        ("late", faults.late),
        ("doubled", faults.doubled),
        ("never", faults.never),
    )
    for fate, share in shares:
        if luck < share:
            return fate
        luck -= share
    return "in time"


def answering(answers: list[Answer], faults: Faults, seed: str, serial: str) -> Answering:
    """The bodies for these answers, each by its fate."""
    fates = {answer.id: fate_of(faults, seed, answer.id) for answer in answers}
    now = [answer for answer in answers if fates[answer.id] in ("in time", "resent", "doubled")]
    later = [answer for answer in answers if fates[answer.id] in ("resent", "late")]
    doubled = frozenset(name for name, fate in fates.items() if fate == "doubled")
    return Answering(answer_bodies(now, serial, doubled), answer_bodies(later, serial))
