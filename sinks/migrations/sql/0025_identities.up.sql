-- Whose a PIN is at a device or in an area, from when to when; valid_from NULL is since ever. Since a sorting key takes no
-- NULL, it stands there as the earliest time.
-- Columns: the fields of schemas/employees.py Identity, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.identities {on_cluster}
(
    v UInt8,
    tenant LowCardinality(String),
    scope LowCardinality(String),
    pin String CODEC(ZSTD(1)),
    valid_from Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    valid_to Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    employee String CODEC(ZSTD(1)),
    rank UInt64 CODEC(ZSTD(1)),
    verify_mode LowCardinality(String),
    privilege LowCardinality(String),
    enrolled_at LowCardinality(String),
    source LowCardinality(String),
    source_ref String CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(rank)
ORDER BY (tenant, scope, pin, ifNull(valid_from, toDateTime64('1900-01-01 00:00:00', 3, 'UTC')))
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
