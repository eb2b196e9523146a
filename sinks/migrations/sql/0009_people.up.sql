-- Users and enrolments as last seen on each device; the greatest rank is the latest. No secrets: schemas/device_events.py.
-- event_id is that of device, PIN (without leading zeros) and item. Not partitioned: a row must stay with its key.
-- Columns: the fields of schemas/device_events.py Person, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.people {on_cluster}
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
    pin String CODEC(ZSTD(1)),
    item LowCardinality(String),
    deleted Bool,
    name String CODEC(ZSTD(1)),
    privilege Nullable(Int64) CODEC(ZSTD(1)),
    privilege_word LowCardinality(String),
    `group` LowCardinality(String),
    time_zones String CODEC(ZSTD(1)),
    verify_mode Nullable(Int64) CODEC(ZSTD(1)),
    has_password Bool,
    has_card Bool,
    valid Nullable(Bool),
    duress Nullable(Bool),
    template_version LowCardinality(String),
    template_format LowCardinality(String),
    size UInt64 CODEC(ZSTD(1)),
    size_mismatch Bool,
    stored String CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(rank)
ORDER BY (tenant, device, event_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
