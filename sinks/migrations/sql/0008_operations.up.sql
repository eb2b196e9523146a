-- What was done at devices: lines of their operation and error logs, rows of tables without a type of their own. Copies of
-- one merge by rank.
-- Columns: the fields of schemas/device_events.py Operation, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.operations {on_cluster}
(
    v UInt8,
    event_id String CODEC(ZSTD(1)),
    rank UInt64 CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    device LowCardinality(String),
    site LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    raw_topic LowCardinality(String),
    raw_partition UInt32,
    raw_offset UInt64 CODEC(ZSTD(1)),
    raw_line UInt32,
    request_id String CODEC(ZSTD(1)),
    parser_version UInt32,
    registry_version UInt64 CODEC(ZSTD(1)),
    extra Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    local_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    local_text String CODEC(ZSTD(1)),
    happened_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    utc_offset_s Int32,
    zone LowCardinality(String),
    clock LowCardinality(String),
    time_flags Array(LowCardinality(String)),
    kind LowCardinality(String),
    code String CODEC(ZSTD(1)),
    word LowCardinality(String),
    alert LowCardinality(String),
    administrator String CODEC(ZSTD(1)),
    pin String CODEC(ZSTD(1)),
    operands Array(String) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(rank)
PARTITION BY toYYYYMM(local_time)
ORDER BY (tenant, device, local_time, event_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
