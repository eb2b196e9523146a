"""What a sink tells Prometheus. Labels are closed sets: tables, flush reasons, targets, reasons of dead letters."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ROWS = Counter("punchstream_sink_rows_total", "rows stored", ["table"])
BATCHES = Counter("punchstream_sink_batches_total", "ranges stored, by why they were cut", ["table", "reason"])
BYTES = Counter("punchstream_sink_bytes_total", "bytes of rows stored, before compression", ["table"])
INSERT_SECONDS = Histogram(
    "punchstream_sink_insert_seconds",
    "time of one insert that succeeded",
    ["table"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
RETRIES = Counter("punchstream_sink_retries_total", "tries again, by what failed", ["target"])
REFUSALS = Counter("punchstream_sink_refused_inserts_total", "inserts that ClickHouse refused for a row", ["table"])
DEAD_LETTERS = Counter("punchstream_sink_dead_letters_total", "records put aside", ["table", "reason"])
REPLAYED = Counter(
    "punchstream_sink_replayed_ranges_total", "ranges inserted again after a crash or rebalance", ["table"]
)
LOST = Counter("punchstream_sink_partitions_lost_total", "writes given up because the partition has another owner")
LAG_RECORDS = Gauge("punchstream_sink_lag_records", "records in Kafka that are not stored", ["table"])
LAG_SECONDS = Gauge("punchstream_sink_lag_seconds", "age of the oldest record read that is not stored", ["table"])
HELD_BYTES = Gauge("punchstream_sink_held_bytes", "memory of records read and not stored")
PARTITIONS = Gauge("punchstream_sink_partitions_owned", "topic-partitions that this process writes")
LAST_SUCCESS = Gauge("punchstream_sink_last_success_timestamp_seconds", "when a range was stored last", ["table"])
