"""Inputs by number from a seed, each with its time measured; a failing one is made smaller and written down."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.fuzz.mutation import mutate
from tests.fuzz.targets import TARGETS

CORPUS: Final = Path(__file__).parent / "corpus"
# CPU time of one input of at most 32 KiB. The worst honest one, thousands of the shortest lines all of which become
# events, twice, takes a fifth of it; what takes the square of its length takes many times that.
MAX_SECONDS: Final = 2.0
_SMALLER_TRIES: Final = 400


class TooSlow(AssertionError):
    """An input took more CPU time than `MAX_SECONDS`."""


@dataclass(frozen=True, slots=True)
class Failure:
    target: str
    number: int
    data: bytes
    error: Exception


def input_of(target: str, seed: int, number: int) -> bytes:
    """The same for the same numbers, whatever ran before."""
    return mutate(random.Random(f"{seed}/{target}/{number}"), TARGETS[target].seeds)


def run_one(target: str, data: bytes) -> Exception | None:
    """What the input breaks, None when nothing."""
    for last in (False, True):
        started = time.process_time()
        try:
            TARGETS[target].check(data)
        except Exception as error:  # noqa: BLE001 - any exception at all is what is looked for
            return error
        if (took := time.process_time() - started) <= MAX_SECONDS:
            return None
        if last:
            return TooSlow(f"{len(data)} bytes took {took:.1f} s of CPU, twice; at most {MAX_SECONDS} s")
    return None


def run(seed: int, first: int = 0, only: str = "") -> Iterator[Failure | None]:
    """Endlessly, one input of each target after the other; None for each that holds."""
    names = [only] if only else list(TARGETS)
    number = first
    while True:
        for name in names:
            data = input_of(name, seed, number)
            error = run_one(name, data)
            yield None if error is None else Failure(name, number, data, error)
        number += 1


def smaller(failure: Failure) -> Failure:
    """Pieces left out for as long as the same kind of error remains."""
    data, tries = failure.data, 0
    if isinstance(failure.error, TooSlow):
        return failure
    size = max(1, len(data) // 2)
    while size and tries < _SMALLER_TRIES:
        at = 0
        while at < len(data) and tries < _SMALLER_TRIES:
            tries += 1
            shorter = data[:at] + data[at + size :]
            if type(run_one(failure.target, shorter)) is type(failure.error):
                data = shorter
            else:
                at += size
        size //= 2
    error = run_one(failure.target, data)
    return Failure(failure.target, failure.number, data, error or failure.error)


def keep(failure: Failure) -> Path:
    """Write the input to the corpus, where `make test` runs it from now on. In lines of hexadecimal digits."""
    path = CORPUS / f"{failure.target}-{sha256(failure.data).hexdigest()[:12]}.hex"
    digits = failure.data.hex()
    path.write_text("\n".join(digits[at : at + 120] for at in range(0, len(digits), 120)) + "\n")
    return path


def read(path: Path) -> tuple[str, bytes]:
    """Target and input of a corpus file. Raises ValueError for what is none."""
    target = path.stem.rpartition("-")[0]
    if target not in TARGETS:
        raise ValueError(f"{path.name} must be called <target>-<name>.hex, with one of {', '.join(TARGETS)}")
    return target, bytes.fromhex(path.read_text())
