-- Signed differences of locked dates, each once.
-- Columns: the fields of schemas/timecards.py CardAdjustment, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.timecards_adjustments {on_cluster}
(
    v UInt8,
    adjustment_id String CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    work_date Date CODEC(ZSTD(1)),
    week_start Date CODEC(ZSTD(1)),
    pay_group LowCardinality(String),
    period_first Date CODEC(ZSTD(1)),
    period_version UInt32 CODEC(ZSTD(1)),
    apply_first String CODEC(ZSTD(1)),
    sequence UInt32 CODEC(ZSTD(1)),
    locked_version UInt32 CODEC(ZSTD(1)),
    new_version UInt32 CODEC(ZSTD(1)),
    minutes Map(LowCardinality(String), Int32) CODEC(ZSTD(1)),
    content_hash String CODEC(ZSTD(1)),
    cause LowCardinality(String),
    caused_by Array(String) CODEC(ZSTD(1)),
    approved_by LowCardinality(String),
    employer LowCardinality(String),
    payroll_number String CODEC(ZSTD(1)),
    site LowCardinality(String),
    derived_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    watermark Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(work_date)
ORDER BY (tenant, employee, work_date, adjustment_id)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
