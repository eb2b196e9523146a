-- What polled servers themselves make of somebody's day, for comparison with ours: never counted. The latest read counts.
-- Columns: the fields of schemas/vendor_timecards.py VendorTimecard, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.timecards_vendor {on_cluster}
(
    v UInt8,
    event_id String CODEC(ZSTD(1)),
    rank UInt64 CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    source LowCardinality(String),
    report LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    work_date String CODEC(ZSTD(1)),
    check_in String CODEC(ZSTD(1)),
    check_out String CODEC(ZSTD(1)),
    minutes Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
    paycodes Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
    `values` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    raw_topic LowCardinality(String),
    raw_partition UInt32,
    raw_offset UInt64 CODEC(ZSTD(1)),
    raw_line UInt32,
    parser_version UInt32,
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(rank)
ORDER BY (tenant, source, report, event_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
