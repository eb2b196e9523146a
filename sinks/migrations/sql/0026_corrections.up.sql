-- Every version of every correction of punches: what was asked for, and what became of it. corrections_v has the last one.
-- Columns: the fields of schemas/corrections.py Correction, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.corrections {on_cluster}
(
    v UInt8,
    correction_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    operation LowCardinality(String),
    status LowCardinality(String),
    target String CODEC(ZSTD(1)),
    local_text String CODEC(ZSTD(1)),
    zone LowCardinality(String),
    punch_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    state Nullable(Int64) CODEC(ZSTD(1)),
    work_code LowCardinality(String),
    site LowCardinality(String),
    reason String CODEC(ZSTD(1)),
    reason_code LowCardinality(String),
    requested_by LowCardinality(String),
    requested_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    decided_by LowCardinality(String),
    decided_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    source LowCardinality(String),
    source_ref String CODEC(ZSTD(1)),
    extra Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (tenant, employee, correction_id, version)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
