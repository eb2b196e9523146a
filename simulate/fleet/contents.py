"""All that a terminal holds and does besides punching, made when somebody first asks: 10,000 idle ones stay cheap."""

import random
from collections.abc import Callable

from simulate.fleet.at_the_clock import AtTheClock
from simulate.fleet.dialect import Dialect
from simulate.fleet.firmware import Firmware
from simulate.fleet.identity import Identity
from simulate.fleet.lookups import Lookups
from simulate.fleet.oplog import OpLog
from simulate.fleet.options_file import OptionsFile
from simulate.fleet.punches import PunchMaker, texts_of
from simulate.fleet.requests import Requests
from simulate.fleet.settings import FleetSettings
from simulate.fleet.store import Store


class Contents:
    """The parts of one terminal, all from the seed and the serial."""

    def __init__(
        self,
        identity: Identity,
        settings: FleetSettings,
        dialect: Dialect,
        maker: PunchMaker,
        requests: Requests,
        local_second: Callable[[], int],
        last_operation: int,
    ) -> None:
        seed = f"{settings.seed}:{identity.serial}:contents"
        chinese = dialect.charset == "gb18030"
        rng = random.Random(seed)
        pins = list(maker.first_pins)
        self.store = Store(seed, pins, chinese)
        self.options = OptionsFile(identity, settings.host, settings.port, settings.com_key)
        self.oplog = OpLog(rng, local_second)
        self.oplog.last = last_operation
        self.clock = AtTheClock(rng, self.store, maker, dialect, self.oplog, chinese)
        failures = settings.faults.enrolments
        self.firmware = Firmware(rng, self.store, maker, dialect, self.options, self.clock, failures)
        self.lookups = Lookups(rng, requests, pins, dialect.charset, lambda: texts_of(local_second())[1])
