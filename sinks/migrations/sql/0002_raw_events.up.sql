-- raw.attendance for ever (DESIGN 4): replay reads here beyond Kafka's retention. `body` is byte for byte what came in
-- and need not be UTF-8. Columns named as the headers of schemas/headers.py; a header without a column is in `headers`.
CREATE TABLE IF NOT EXISTS {database}.raw_events {on_cluster}
(
    source LowCardinality(String),
    tenant LowCardinality(String),
    `table` LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    edge LowCardinality(String),
    request_id String CODEC(ZSTD(1)),
    path String CODEC(ZSTD(1)),
    query String CODEC(ZSTD(1)),
    redacted LowCardinality(String),
    sealed LowCardinality(String),
    v UInt16,
    headers Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    body String CODEC(ZSTD(3)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (tenant, source, received_at)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
