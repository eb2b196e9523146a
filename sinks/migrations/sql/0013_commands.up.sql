-- The log of commands as it is in Kafka: one row a step, none replaced. commands_v folds it.
-- Columns: the fields of schemas/commands.py CommandEvent, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.commands {on_cluster}
(
    v UInt8,
    step LowCardinality(String),
    tenant LowCardinality(String),
    device LowCardinality(String),
    site LowCardinality(String),
    command_id String CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    by LowCardinality(String),
    name LowCardinality(String),
    summary String CODEC(ZSTD(1)),
    reason String CODEC(ZSTD(1)),
    expires_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    max_sends UInt8,
    `last` Bool,
    batch String CODEC(ZSTD(1)),
    wave UInt32,
    waits_for UInt32,
    confirm Bool,
    outcome LowCardinality(String),
    return_code Nullable(Int64) CODEC(ZSTD(1)),
    meaning LowCardinality(String),
    answer String CODEC(ZSTD(1)),
    stored String CODEC(ZSTD(1)),
    request_id String CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, device, command_id, partition, offset)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
