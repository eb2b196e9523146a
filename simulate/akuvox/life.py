"""People at the doors of all stations, and what the scenario does to stations."""

import heapq
import random
from collections.abc import Sequence

from simulate.akuvox.settings import AkuvoxSettings, Happening, numbers_of
from simulate.akuvox.station import Station
from simulate.akuvox.steering import steer
from simulate.fleet.clock import Bell, Clock

_LONGEST_CATCH_UP = 1.0
_LOOK_AGAIN_SECONDS = 0.5
_SHORTEST_SLEEP = 0.005


class Life:
    """Makes events at each station's rate, at uneven times by the seed."""

    def __init__(self, stations: Sequence[Station], settings: AkuvoxSettings, clock: Clock) -> None:
        self._stations = stations
        self._settings = settings
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled, or until the duration is over."""
        bell = Bell(self._clock)
        start = self._clock.monotonic()
        until = None if self._settings.duration is None else start + self._settings.duration
        due = [(start + self._pause(station) * station.rng.random(), station.number) for station in self._stations]
        heapq.heapify(due)
        while until is None or self._clock.monotonic() < until:
            now = self._clock.monotonic()
            while due[0][0] <= now:
                at, number = due[0]
                station = self._stations[number - 1]
                self._live(station)
                # after a pause of the machine the missed events come, but not more than a second of them
                heapq.heapreplace(due, (max(at, now - _LONGEST_CATCH_UP) + self._pause(station), number))
            wait = max(due[0][0] - now, _SHORTEST_SLEEP)
            await bell.sleep(wait if until is None else max(min(wait, until - now), 0.0))

    def _pause(self, station: Station) -> float:
        """Seconds until its next event; half to one and a half of what the rate says."""
        return (0.5 + station.rng.random()) / station.rate if station.rate > 0 else _LOOK_AGAIN_SECONDS

    def _live(self, station: Station) -> None:
        if station.rate <= 0:
            return
        if station.rng.random() < self._settings.call_share:
            station.call_event()
        else:
            station.door_event()


async def happen(stations: Sequence[Station], settings: AkuvoxSettings, clock: Clock) -> None:
    """Do what the scenario says, until cancelled or until nothing more is to come."""
    rng = random.Random(f"{settings.seed}:akuvox:happenings")
    bell = Bell(clock)
    start = clock.monotonic()
    due: list[tuple[float, int, Happening]] = [
        (start + what.at, at, what) for at, what in enumerate(settings.happenings)
    ]
    heapq.heapify(due)
    while due:
        at, order, what = due[0]
        now = clock.monotonic()
        if at > now:
            await bell.sleep(at - now)
            continue
        heapq.heappop(due)
        if what.every is not None:
            heapq.heappush(due, (max(at, now - what.every) + what.every, order, what))
        if what.stations == "one":
            chosen = [rng.choice(stations)]
        elif what.stations == "all":
            chosen = list(stations)
        else:
            chosen = [stations[number - 1] for number in numbers_of(what.stations, len(stations))]
        for station in chosen:
            steer(station, what.do, what.values)
