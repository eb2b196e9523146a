"""What happens at a server by itself while it runs: the rates and shares of Life."""

from simulate.biotime.manual_logs import Audit
from simulate.biotime.world import World
from simulate.fleet.clock import Bell, Clock

_TICK = 0.05
_MOST_PER_TICK = 5_000


class Feed:
    """Runs until it is cancelled; the punches end with the settings' duration."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._bell = Bell(clock)
        self._due: dict[str, float] = {}

    async def run(self) -> None:
        """Let life go on."""
        started = last = self._clock.monotonic()
        while True:
            await self._bell.sleep(_TICK)
            now = self._clock.monotonic()
            duration = self._world.settings.duration
            if duration is None or now - started < duration:
                self.advance(now - last)
            last = now

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        world, life = self._world, self._world.life
        rate = world.settings.rate if life.rate is None else life.rate
        self._punches(self._count("rate", rate, seconds))
        for _ in range(self._count("mobile_punches", life.mobile_punches, seconds)):
            world.clock_in(
                world.a_code(), world.rng.randrange(2), {"longitude": "0", "latitude": "0", "gps_location": ""}
            )
        for _ in range(self._count("manual_logs", life.manual_logs, seconds)):
            row = world.manual_logs.apply(
                world.a_code(), world.now() - world.rng.randrange(86_400), world.rng.randrange(2)
            )
            if world.rng.random() < 0.8:
                world.manual_logs.audit(row.id, Audit.APPROVED)
        for row_id in world.transactions.random_ids(self._count("deletions", life.deletions, seconds)):
            world.transactions.delete(row_id)
        for row_id in world.transactions.random_ids(self._count("edits", life.edits, seconds)):
            world.transactions.edit(row_id, world.rng.randrange(6), None)
        if self._count("restores", life.restores, seconds):
            world.restore(life.restore_rows)

    def _punches(self, count: int) -> None:
        world, life = self._world, self._world.life
        at_once = 0
        for _ in range(count):
            late = life.late_days if life.late_share and world.rng.random() < life.late_share else 0.0
            hidden = life.hidden_share and world.rng.random() < life.hidden_share
            if late or hidden:
                world.make(1, late, world.rng.random() * life.hidden_seconds if hidden else 0.0)
            else:
                at_once += 1
        if at_once:
            world.make(at_once)

    def _count(self, name: str, rate: float, seconds: float) -> int:
        """How many times something is due by now; what a stalled process missed is not made up beyond a bound."""
        due = self._due.get(name, 0.0) + rate * seconds
        count = min(int(due + 1e-6), _MOST_PER_TICK)
        self._due[name] = min(due - count, 1.0)
        return count
