-- Who works here, as last said by an operator or a connector; rank is the time of the change.
-- Columns: the fields of schemas/employees.py Employee, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.employees {on_cluster}
(
    v UInt8,
    tenant LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    rank UInt64 CODEC(ZSTD(1)),
    active Bool,
    first_name String CODEC(ZSTD(1)),
    last_name String CODEC(ZSTD(1)),
    nick_name String CODEC(ZSTD(1)),
    department LowCardinality(String),
    position LowCardinality(String),
    areas Array(LowCardinality(String)),
    site LowCardinality(String),
    hire_date String CODEC(ZSTD(1)),
    leave_date String CODEC(ZSTD(1)),
    employment_type LowCardinality(String),
    enable_attendance Nullable(Bool),
    enable_overtime Nullable(Bool),
    enable_holiday Nullable(Bool),
    source LowCardinality(String),
    source_ref String CODEC(ZSTD(1)),
    extra Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(rank)
ORDER BY (tenant, employee)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
