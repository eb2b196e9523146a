-- Columns: the fields of schemas/events.py Punch, then where the record stood in Kafka, then when it was inserted.
-- Integers are Int64 where a device decides them: ClickHouse reads JSON integers that do not fit by wrapping around.
-- Key and partition cannot change later (DESIGN 7): `local_time` is the zone-less device time, already clamped.
-- `deduplication` windows: sinks/windows.py says why and refuses to start with less.
CREATE TABLE IF NOT EXISTS {database}.punches {on_cluster}
(
    v UInt8,
    event_id String CODEC(ZSTD(1)),
    rank UInt64 CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    device LowCardinality(String),
    site LowCardinality(String),
    pin String CODEC(ZSTD(1)),
    local_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    local_text String CODEC(ZSTD(1)),
    punch_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    utc_offset_s Int32 CODEC(ZSTD(1)),
    zone LowCardinality(String),
    clock LowCardinality(String),
    time_flags Array(LowCardinality(String)),
    state Nullable(Int64) CODEC(ZSTD(1)),
    verify Nullable(Int64) CODEC(ZSTD(1)),
    work_code String CODEC(ZSTD(1)),
    job_codes Array(String) CODEC(ZSTD(1)),
    tip_codes Array(String) CODEC(ZSTD(1)),
    is_attendance Bool,
    not_attendance_reason LowCardinality(String),
    source LowCardinality(String),
    source_ref String CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    raw_topic LowCardinality(String),
    raw_partition UInt32 CODEC(ZSTD(1)),
    raw_offset UInt64 CODEC(Delta, ZSTD(1)),
    raw_line UInt32 CODEC(ZSTD(1)),
    request_id String CODEC(ZSTD(1)),
    parser_version UInt32 CODEC(ZSTD(1)),
    registry_version UInt64 CODEC(ZSTD(1)),
    extra Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    INDEX inserted_at_minmax inserted_at TYPE minmax GRANULARITY 1
)
ENGINE = {replicated}ReplacingMergeTree(rank)
PARTITION BY toYYYYMM(local_time)
ORDER BY (tenant, device, local_time, event_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
