"""What Prometheus learns about the edge; label sets are closed, no serials. Source: spec/pipeline-anchors.md 8."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram

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
    OTHER = "other"


class Outcome(StrEnum):
    OK = "ok"
    RETRY = "retry"
    REFUSED = "refused"


_REQUESTS = Counter("punchstream_ingest_requests_total", "requests by endpoint and outcome", ["endpoint", "outcome"])
REQUESTS_OK = {endpoint: _REQUESTS.labels(endpoint, Outcome.OK) for endpoint in Endpoint}
REQUESTS_RETRY = {endpoint: _REQUESTS.labels(endpoint, Outcome.RETRY) for endpoint in Endpoint}
REQUESTS_REFUSED = {endpoint: _REQUESTS.labels(endpoint, Outcome.REFUSED) for endpoint in Endpoint}

_REFUSALS = Counter("punchstream_ingest_refusals_total", "requests and connections refused, by reason", ["reason"])
REFUSALS = {reason: _REFUSALS.labels(reason) for reason in Reason}

_REPAIRS = Counter("punchstream_ingest_repairs_total", "requests repaired ahead of the HTTP parser, by fix", ["fix"])
REPAIRS = {fix: _REPAIRS.labels(fix) for fix in Fix}

ACK_SECONDS = Histogram(
    "punchstream_ingest_ack_seconds",
    "from a complete body to Kafka's acknowledgement",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUEST_BYTES = Counter("punchstream_ingest_request_bytes_total", "body bytes acknowledged")
ACKED_ROWS = Counter("punchstream_ingest_acked_rows_total", "attendance rows acknowledged to devices")
PRESENCE_WRITES = Counter("punchstream_ingest_presence_writes_total", "presence and handshake records written")
PRESENCE_DROPPED = Counter(
    "punchstream_ingest_presence_dropped_total", "presence and handshake records left out: Kafka or a table was full"
)

IN_FLIGHT_BYTES = Gauge("punchstream_ingest_in_flight_bytes", "body bytes being read, or not yet settled by Kafka")
IN_FLIGHT_LIMIT = Gauge("punchstream_ingest_in_flight_limit_bytes", "what in-flight bytes may come to")
CONNECTIONS = Gauge("punchstream_ingest_connections", "open connections")
CONNECTIONS_LIMIT = Gauge("punchstream_ingest_connections_limit", "how many connections may be open")
PRODUCER_REBUILDS = Gauge("punchstream_ingest_producer_rebuilds", "times the producer was rebuilt after a failed batch")
PENDING_DEVICES = Gauge("punchstream_ingest_pending_devices", "serials that knocked within the last minute, refused")
