"""Metrics of the processors; label sets are closed: agents by name, reasons and flags by enum."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("punchstream_process_records_total", "records whose results are durable", ["agent"])
RETRIES = Counter("punchstream_process_retries_total", "batches done again after a passing error", ["agent"])
BATCH_SECONDS = Histogram(
    "punchstream_process_batch_seconds",
    "from a batch taken to everything derived from it acknowledged",
    ["agent"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
PUNCHES = Counter("punchstream_normalize_punches_total", "punches acknowledged by Kafka")
EVENTS = Counter(
    "punchstream_normalize_events_total",
    "events of all records but attendance uploads, acknowledged by Kafka",
    ["topic"],
)
WAITS = Counter(
    "punchstream_normalize_waits_total",
    "batches that must be done again: a key that is missing, the object store, Kafka",
    ["topic", "cause"],
)
DEAD_LETTERS = Counter("punchstream_normalize_dead_letters_total", "dead letters acknowledged by Kafka", ["reason"])
DELAY_SECONDS = Histogram(
    "punchstream_normalize_delay_seconds",
    "from the receipt of an upload to its punches acknowledged",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600),
)
LAG_RECORDS = Gauge("punchstream_process_lag_records", "records not yet committed, of owned partitions", ["agent"])
LAST_PROGRESS = Gauge(
    "punchstream_process_last_progress_timestamp_seconds", "when a batch was last finished", ["agent"]
)
TRACK_DEAD_LETTERS = Counter(
    "punchstream_track_dead_letters_total", "inputs that the tracker put aside", ["topic", "reason"]
)
TRACKED_DEVICES = Gauge("punchstream_track_devices", "devices of owned partitions by status", ["status"])
RESOLVE_DEAD_LETTERS = Counter(
    "punchstream_resolve_dead_letters_total", "inputs that `resolve` put aside", ["topic", "reason"]
)
RESOLVE_SENT = Counter("punchstream_resolve_sent_total", "records for timecards.input acknowledged by Kafka")
RESOLVE_FANNED_OUT = Counter(
    "punchstream_resolve_fanned_out_total", "identities and areas for devices acknowledged by Kafka", ["topic"]
)
RESOLVE_SURPLUS = Counter(
    "punchstream_resolve_surplus_punches_total", "punches that were sent on, but are too many to be kept"
)
DERIVE_DEAD_LETTERS = Counter(
    "punchstream_derive_dead_letters_total", "inputs that `derive` put aside", ["topic", "reason"]
)
DERIVE_FORWARDED = Counter(
    "punchstream_derive_forwarded_total", "records told to timecards.input, acknowledged by Kafka", ["topic"]
)
DERIVE_CARDS = Counter("punchstream_derive_cards_total", "versions of cards written", ["cause"])
DERIVE_ADJUSTMENTS = Counter("punchstream_derive_adjustments_total", "adjustments of locked cards written")
DERIVE_FAILURES = Counter(
    "punchstream_derive_failures_total", "times that somebody's cards could not be derived and stayed as they were"
)
DERIVE_SWEEPING = Gauge(
    "punchstream_derive_sweeping_partitions", "owned partitions in which all people's cards are being looked at again"
)
ARCHIVE_SCAN_SECONDS = Histogram(
    "punchstream_derive_archive_scan_seconds",
    "reading a partition of timecards.archive from its beginning",
    buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300),
)
ARCHIVE_RECORDS = Counter("punchstream_derive_archive_records_total", "records that such readings came across")
DERIVE_UNUSABLE_POLICIES = Gauge(
    "punchstream_derive_unusable_policies",
    "policies of the registry that cannot be loaded, and sites in no known zone: left out",
)
