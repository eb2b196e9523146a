"""What the fleet counts while it runs, and the live status file."""

import math
import os
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson

Phase = Literal["running", "draining", "done"]

_STEPS_PER_E = 20  # a step of the histogram is 5 %
_RECENT_SECONDS = 10


class Latencies:
    """Durations in a histogram of 5 % steps: bounded memory at any rate. Recent means the last ten whole seconds."""

    def __init__(self) -> None:
        self._recent: deque[Counter[int]] = deque([Counter()], maxlen=_RECENT_SECONDS)
        self._second = 0
        self._all: Counter[int] = Counter()

    def add(self, seconds: float, now: float) -> None:
        """Note one duration at `now`, monotonic seconds."""
        self._turn(now)
        self._recent[-1][round(math.log(max(seconds, 1e-6)) * _STEPS_PER_E)] += 1

    def recent_ms(self, share: float, now: float) -> float:
        """The percentile (share 0.5 is the median) of the last ten seconds, in milliseconds; 0 when nothing came."""
        self._turn(now)
        return _percentile_ms(sum(self._recent, Counter()), share)

    def all_ms(self, share: float) -> float:
        """The percentile since the start."""
        return _percentile_ms(self._all + sum(self._recent, Counter()), share)

    def _turn(self, now: float) -> None:
        for _ in range(min(int(now) - self._second, _RECENT_SECONDS)):
            if len(self._recent) == _RECENT_SECONDS:
                self._all += self._recent[0]
            self._recent.append(Counter())
        self._second = int(now)


@dataclass(slots=True)
class Lookups:
    """Questions of one kind that a person waited for. none: the server had nothing. failed: no answer at all."""

    count: int = 0
    none: int = 0
    failed: int = 0
    latencies: Latencies = field(default_factory=Latencies)

    def as_status(self) -> dict[str, float]:
        """The counts, and the percentiles of the answers since the start in milliseconds."""
        percentiles = {f"p{share}": round(self.latencies.all_ms(share / 100), 1) for share in (50, 95, 99)}
        return {"count": self.count, "none": self.none, "failed": self.failed, **percentiles}


@dataclass(slots=True)
class Counts:
    """Counts of one fleet. made and acknowledged span the whole ledger, the others this run.

    requests: all that were sent. refused_503: replies 503. errors: no reply, another status, or no OK in it.
    resent: rows that had been sent before.
    events: [made, acknowledged] of everything in the ledger that is not a punch, by kind, of this run.
    given_up: requests that the server refused until the terminal let them go; events_lost: events in them.
    lookups: by kind. answers: results of commands by Return code.
    """

    terminals: int = 0
    online: int = 0
    made: int = 0
    acknowledged: int = 0
    requests: int = 0
    refused_503: int = 0
    errors: int = 0
    resent: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    events: dict[str, list[int]] = field(default_factory=dict)
    given_up: int = 0
    events_lost: int = 0
    lookups: dict[str, Lookups] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)

    def event(self, kind: str, acknowledged: bool) -> None:
        """Count an event that was made, or acknowledged."""
        self.events.setdefault(kind, [0, 0])[acknowledged] += 1

    @property
    def events_waiting(self) -> int:
        """Events made in this run that may still be acknowledged."""
        return sum(made - acked for made, acked in self.events.values()) - self.events_lost

    @property
    def waiting(self) -> int:
        """Punches made and not yet acknowledged."""
        return self.made - self.acknowledged


def write_status(path: Path, counts: Counts, phase: Phase, now: float, at_ms: int) -> None:
    """Replace the status file. ack_ms: from sending an upload to its acknowledgement. at: epoch ms of writing.

    events, lookups and answers are there when there are any.
    """
    status: dict[str, object] = {
        "state": phase,
        "at": at_ms,
        "terminals": counts.terminals,
        "online": counts.online,
        "made": counts.made,
        "acknowledged": counts.acknowledged,
        "waiting": counts.waiting,
        "refused_503": counts.refused_503,
        "errors": counts.errors,
        "resent": counts.resent,
        "requests": counts.requests,
        "ack_ms": {
            "p50": round(counts.latencies.recent_ms(0.50, now), 1),
            "p95": round(counts.latencies.recent_ms(0.95, now), 1),
        },
    }
    if counts.events:
        status["events"] = counts.events
        status["given_up"] = counts.given_up
    if counts.lookups:
        status["lookups"] = {kind: lookups.as_status() for kind, lookups in counts.lookups.items()}
    if counts.answers:
        status["answers"] = {str(code): number for code, number in counts.answers.items()}
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(orjson.dumps(status))
    os.replace(temporary, path)


def _percentile_ms(histogram: Counter[int], share: float) -> float:
    rest = share * histogram.total()
    for step in sorted(histogram):
        rest -= histogram[step]
        if rest <= 0:
            return math.exp(step / _STEPS_PER_E) * 1000
    return 0.0
