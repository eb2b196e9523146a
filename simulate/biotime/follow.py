"""Shows the punches of a simulated fleet here too: a terminal that pushes to an edge and is also behind this server.

Reads the fleet's ledger of acknowledged punches as it grows. The ledger knows no state and no way of verification, so
they are 255 and 1 here.
"""

from pathlib import Path

from simulate.biotime.control import Control
from simulate.fleet.clock import Bell, Clock
from simulate.fleet.ledger import ACKED

_EVERY_SECONDS = 0.5
_MOST_BYTES = 1024 * 1024


class Follower:
    """Takes in the punches of some serials, or of all when none are named."""

    def __init__(self, folder: Path, serials: tuple[str, ...], control: Control, clock: Clock) -> None:
        self._path = folder / ACKED
        self._serials = set(serials)
        self._control = control
        self._bell = Bell(clock)
        self._offset = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            while self.step():
                pass
            await self._bell.sleep(_EVERY_SECONDS)

    def step(self) -> bool:
        """Take in what was written since the last time, at most a megabyte; whether there was anything."""
        if not self._path.exists():
            return False
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(_MOST_BYTES)
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        lines = [line.split("\t") for line in whole.decode().splitlines()]
        self._control.punches(
            {"serial": serial, "pin": pin, "local_time": second}
            for serial, pin, second, *_ in lines
            if not self._serials or serial in self._serials
        )
        return bool(whole)
