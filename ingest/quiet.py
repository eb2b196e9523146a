"""Up to when a terminal has surely told everything, told by what it asks and brings. Pure. Source: DESIGN 5.

A poll alone proves nothing: a clock that just came back may hold a backlog, and it polls between two bodies of one. So
a poll counts when the terminal sends at once what happens (`Realtime=1`), the edge had nothing for it, and it is at
least the second such poll and a quiet time after the last upload, the handshake, and the moment when this edge first
heard of it. Handshakes and uploads at other edges are known from the terminal's state.

No field of the protocol says what is still to be sent: the record counts of INFO (vendor's document 2.4.5) and
`TransactionCount` (VI 4) are of what the memory holds, uploaded or not, and a stamp (2.4) comes with what was uploaded.
What a count can show is a rise without an upload since: then something is pending, until the next upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.devices import DeviceState

_MAX_DEVICES: Final = 50_000
_IDLE_POLLS: Final = 2  # nothing was brought between two of them
# Longer than any `Delay` between two polls (settings: at most an hour).
_FORGOTTEN_AFTER_MS: Final = 2 * 3_600_000


@dataclass(slots=True)
class _Terminal:
    """Times are epoch ms, by the clocks of the edges. busy_at: the last of handshake, upload, first sight; live:
    whether it was told at `told_at` to send everything at once, None where this edge does not know; idle: idle polls
    since busy_at; open: uploads without an answer yet; count: of records, since counted_at, -1 for none; owes: the
    count rose and no upload says why."""

    heard_at: int
    busy_at: int
    live: bool | None = None
    told_at: int = 0
    uploaded_at: int = 0
    idle: int = 0
    open: int = 0
    count: int = -1
    counted_at: int = 0
    owes: bool = False
    watermark: int = 0

    def busy(self, at: int) -> None:
        self.busy_at = max(self.busy_at, at)
        self.idle = 0

    def uploaded(self, at: int) -> None:
        self.busy(at)
        self.uploaded_at = max(self.uploaded_at, at)
        self.owes = False

    def counted(self, count: int, at: int) -> None:
        """A negative count means "not supported"."""
        if count < 0 or count == self.count:
            return
        # Since it was first at the former count: INFO may be of a moment ago.
        self.owes = 0 <= self.count < count and self.uploaded_at < self.counted_at
        self.count, self.counted_at = count, at


class QuietTerminals:
    """One entry a serial, in order of when it was last heard. All times are epoch ms.

    A watermark moves by at least `step_ms`: it is a record that is kept for long, and at 300 s 10,000 quiet terminals
    make 2.9 million of them a day. When there are `max_devices` that were all heard lately, further ones are not
    watched: they get no watermark.
    """

    def __init__(self, *, quiet_ms: int, margin_ms: int, step_ms: int, max_devices: int = _MAX_DEVICES) -> None:
        self._quiet_ms = quiet_ms
        self._margin_ms = margin_ms
        self._step_ms = step_ms
        self._max_devices = max_devices
        self._terminals: dict[str, _Terminal] = {}

    def __len__(self) -> int:
        return len(self._terminals)

    def handshake(self, serial: str, at: int, *, live: bool) -> None:
        """It was told its options. live: to send everything at once."""
        if terminal := self._heard(serial, at):
            terminal.busy(at)
            terminal.live, terminal.told_at = live, at

    def upload(self, serial: str, at: int) -> None:
        """It begins to bring something, be it taken or not; `answered` ends it."""
        if terminal := self._heard(serial, at):
            terminal.uploaded(at)
            terminal.open += 1

    def answered(self, serial: str, at: int) -> None:
        if terminal := self._heard(serial, at):
            terminal.uploaded(at)
            terminal.open = max(0, terminal.open - 1)  # it may have been forgotten meanwhile

    def poll(
        self, serial: str, at: int, *, idle: bool, live: bool, count: int | None, state: DeviceState | None
    ) -> int | None:
        """The watermark to tell after a poll, greater than every one before; None for none.

        idle: there was nothing for it; live: what it would be told at a handshake now, for when this edge does not know
        what it was told; count: the records that it says it holds; state: what all edges together know of it.
        """
        terminal = self._heard(serial, at)
        if terminal is None:
            return None
        if state is not None:
            _learn(terminal, state)
        if count is not None:
            terminal.counted(count, at)
        if not idle or terminal.open or at < terminal.busy_at:
            return None
        terminal.idle += 1
        watermark = at - self._margin_ms
        if (
            terminal.idle < _IDLE_POLLS
            or at - terminal.busy_at < self._quiet_ms
            or terminal.owes
            or not (live if terminal.live is None else terminal.live)
            or watermark < terminal.watermark + self._step_ms
        ):
            return None
        terminal.watermark = watermark
        return watermark

    def _heard(self, serial: str, at: int) -> _Terminal | None:
        terminal = self._terminals.pop(serial, None)
        if terminal is None:
            if len(self._terminals) >= self._max_devices and not self._forget_one(at):
                return None
            terminal = _Terminal(at, at)
        terminal.heard_at = at
        self._terminals[serial] = terminal
        return terminal

    def _forget_one(self, at: int) -> bool:
        oldest = next(iter(self._terminals))
        if at - self._terminals[oldest].heard_at < _FORGOTTEN_AFTER_MS:
            return False
        del self._terminals[oldest]
        return True


def _learn(terminal: _Terminal, state: DeviceState) -> None:
    """What it did at other edges; what it did here is known already."""
    last_upload, last_handshake = state.last_upload or 0, state.last_handshake or 0
    if last_upload > terminal.uploaded_at:
        terminal.uploaded(last_upload)
    if last_handshake > terminal.told_at:
        terminal.live, terminal.told_at = None, last_handshake
        terminal.busy(last_handshake)
    terminal.watermark = max(terminal.watermark, state.watermark or 0)
