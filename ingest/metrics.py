"""What Prometheus learns about the edge; label sets are closed, no serials. Source: spec/pipeline-anchors.md 8.

What every request counts is kept in plain numbers (`TALLY`) that a scrape collects: five calls into prometheus-client
would be a tenth of a request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from ingest.errors import Reason
from wire.zkpush.request_bytes import Fix


class Endpoint(StrEnum):
    """What a request was for."""

    HANDSHAKE = "handshake"
    TIME = "time"
    LOOKUP = "lookup"
    UPLOAD = "upload"
    POLL = "poll"
    RESULT = "result"
    PING = "ping"
    REGISTRY = "registry"
    SESSION = "session"
    QUERY_DATA = "query_data"
    FILE = "file"
    HINT = "hint"
    OTHER = "other"


class Lookup(StrEnum):
    """What somebody at a clock asked."""

    LAST_PUNCH = "last_punch"
    SELF_SERVICE = "self_service"
    REMOTE_ATT = "remote_att"
    AUTH = "auth"
    POST_VERIFY = "post_verify"


class HookOutcome(StrEnum):
    ANSWERED = "answered"
    NONE = "none"
    FAILED = "failed"
    BUSY = "busy"


class Outcome(StrEnum):
    OK = "ok"
    RETRY = "retry"
    REFUSED = "refused"


_ACK_BOUNDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Tally(Collector):
    """Numbers that only grow, in the event loop's thread; read by `collect`."""

    def __init__(self) -> None:
        self.ok = dict.fromkeys(Endpoint, 0)
        self.retry = dict.fromkeys(Endpoint, 0)
        self.refused = dict.fromkeys(Endpoint, 0)
        self.request_bytes = 0
        self.acked_rows = 0
        self._ack_counts = [0] * (len(_ACK_BOUNDS) + 1)
        self._ack_seconds = 0.0

    def acknowledged(self, seconds: float, byte_count: int) -> None:
        """Kafka has a body of `byte_count`, `seconds` after it was complete."""
        self._ack_counts[bisect_left(_ACK_BOUNDS, seconds)] += 1
        self._ack_seconds += seconds
        self.request_bytes += byte_count

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "punchstream_ingest_requests", "requests by endpoint and outcome", labels=["endpoint", "outcome"]
        )
        outcomes = ((Outcome.OK, self.ok), (Outcome.RETRY, self.retry), (Outcome.REFUSED, self.refused))
        for outcome, counts in outcomes:
            for endpoint, count in counts.items():
                requests.add_metric([endpoint, outcome], count)
        yield requests
        yield CounterMetricFamily(
            "punchstream_ingest_request_bytes", "body bytes acknowledged", value=self.request_bytes
        )
        yield CounterMetricFamily(
            "punchstream_ingest_acked_rows", "attendance rows acknowledged to devices", value=self.acked_rows
        )
        bounds = [*map(str, _ACK_BOUNDS), "+Inf"]
        yield HistogramMetricFamily(
            "punchstream_ingest_ack_seconds",
            "from a complete body to Kafka's acknowledgement",
            buckets=list(zip(bounds, accumulate(self._ack_counts), strict=True)),
            sum_value=self._ack_seconds,
        )


TALLY = Tally()
REGISTRY.register(TALLY)

_REFUSALS = Counter("punchstream_ingest_refusals_total", "requests and connections refused, by reason", ["reason"])
REFUSALS = {reason: _REFUSALS.labels(reason) for reason in Reason}

_REPAIRS = Counter("punchstream_ingest_repairs_total", "requests repaired ahead of the HTTP parser, by fix", ["fix"])
REPAIRS = {fix: _REPAIRS.labels(fix) for fix in Fix}

_LOOKUPS = Counter(
    "punchstream_ingest_lookups_total", "questions of people at clocks, by kind and whether there was an answer",
    ["kind", "found"],
)  # fmt: skip
LOOKUPS = {(kind, found): _LOOKUPS.labels(kind, str(found).lower()) for kind in Lookup for found in (True, False)}
_HOOKS = Counter("punchstream_ingest_hook_calls_total", "questions to a site's own hook, by outcome", ["outcome"])
HOOKS = {outcome: _HOOKS.labels(outcome) for outcome in HookOutcome}
HOOK_SECONDS = Histogram("punchstream_ingest_hook_seconds", "how long a site's own hook took")

PRESENCE_WRITES = Counter("punchstream_ingest_presence_writes_total", "presence and handshake records written")
PRESENCE_DROPPED = Counter(
    "punchstream_ingest_presence_dropped_total", "presence and handshake records left out: Kafka or a table was full"
)
WATERMARKS = Counter("punchstream_ingest_watermarks_total", "watermarks of devices written")

IN_FLIGHT_BYTES = Gauge("punchstream_ingest_in_flight_bytes", "body bytes being read, or not yet settled by Kafka")
IN_FLIGHT_LIMIT = Gauge("punchstream_ingest_in_flight_limit_bytes", "what in-flight bytes may come to")
CONNECTIONS = Gauge("punchstream_ingest_connections", "open connections")
CONNECTIONS_LIMIT = Gauge("punchstream_ingest_connections_limit", "how many connections may be open")
PRODUCER_REBUILDS = Gauge("punchstream_ingest_producer_rebuilds", "times the producer was rebuilt after a failed batch")
PENDING_DEVICES = Gauge(
    "punchstream_ingest_pending_devices", "serials that knocked and are not served, the latest 10,000"
)
