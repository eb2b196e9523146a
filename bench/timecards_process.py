"""`punchstream derive` as a process that is measured."""

from __future__ import annotations

import time
from typing import Final

from bench.place import Place
from bench.processes import Measured, TooSlow
from bench.timecards_people import registry_records
from cli.parts import make_parts
from runtime.settings import Settings

INPUTS: Final = "punchstream_process_records/cards"
CARDS: Final = "punchstream_derive_cards_total"
SWEEPING: Final = "punchstream_derive_sweeping_partitions"
_LOOK_SECONDS: Final = 0.1


def derive_process(place: Place, settings: Settings) -> Measured:
    """Its log is `derive.log` in `derive_folder`."""
    folder = place.folder / settings.kafka.topic("derive")
    part = next(part for part in make_parts(settings, folder) if part.name == "derive")
    return Measured("derive", part.command[2:], part.marker, part.health_port, folder)


def wait_settled(process: Measured, settings: Settings, seconds: float) -> None:
    """After a first start: the whole registry has been told to every partition, and nobody is looked at any more.
    Raises TooSlow."""
    deadline = time.monotonic() + seconds
    process.wait_for(INPUTS, len(registry_records()) * settings.kafka.partitions, seconds)
    while process.sample(SWEEPING):
        if time.monotonic() > deadline:
            raise TooSlow(f"derive still sweeps after {seconds:.0f} s")
        time.sleep(_LOOK_SECONDS)
