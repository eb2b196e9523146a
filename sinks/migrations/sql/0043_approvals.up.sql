-- Every decision on a card; approvals_v has the last one of each card.
-- Columns: the fields of schemas/approvals.py Approval, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.approvals {on_cluster}
(
    v UInt8,
    approval_id String CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    work_date Date CODEC(ZSTD(1)),
    version UInt32 CODEC(ZSTD(1)),
    content_hash String CODEC(ZSTD(1)),
    decision LowCardinality(String),
    decided_by LowCardinality(String),
    decided_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    reason String CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(work_date)
ORDER BY (tenant, employee, work_date, approval_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
