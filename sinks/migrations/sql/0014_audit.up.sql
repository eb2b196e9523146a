-- Every change that an operator made.
-- Columns: the fields of schemas/audit.py AuditEvent, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.audit {on_cluster}
(
    v UInt8,
    event_id String CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    tenant LowCardinality(String),
    who LowCardinality(String),
    role LowCardinality(String),
    via LowCardinality(String),
    address String CODEC(ZSTD(1)),
    action LowCardinality(String),
    target String CODEC(ZSTD(1)),
    reason String CODEC(ZSTD(1)),
    details Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, at, event_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
