"""The telephone of a station, and its packet capture (document, chapters call and pcap)."""

from dataclasses import dataclass


@dataclass(slots=True)
class Phone:
    """State of calls and captures. Times are monotonic seconds.

    dialed: number of the call that is going on; empty: none. capture_from: None when none runs.
    """

    dialed: str = ""
    capture_from: float | None = None
    capture_until: float = 0.0
    captured_seconds: float = 0.0

    def restart(self) -> None:
        """Nothing goes on any more."""
        self.dialed, self.capture_from, self.captured_seconds = "", None, 0.0

    def start_capture(self, now: float, seconds: float) -> None:
        self.capture_from, self.capture_until = now, now + seconds

    def stop_capture(self, now: float) -> None:
        if self.capture_from is not None:
            self.captured_seconds = min(now, self.capture_until) - self.capture_from
        self.capture_from = None

    def is_capturing(self, now: float) -> bool:
        """Whether a capture runs; one whose time is over stops."""
        if self.capture_from is not None and now >= self.capture_until:
            self.stop_capture(now)
        return self.capture_from is not None
