-- Every state of every pay period; payperiods_v has the last one.
-- Columns: the fields of schemas/payperiods.py PayPeriod (manifest: JSON, empty when there is none), then where the
-- record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.payperiods {on_cluster}
(
    v UInt8,
    tenant LowCardinality(String),
    pay_group LowCardinality(String),
    `first` Date CODEC(ZSTD(1)),
    `last` Date CODEC(ZSTD(1)),
    version UInt32 CODEC(ZSTD(1)),
    status LowCardinality(String),
    needs_approval Bool,
    waivers Array(Tuple(code String, employee String, work_date String, device String, waived_by String, reason String)) CODEC(ZSTD(1)),
    manifest String CODEC(ZSTD(1)),
    acknowledged_hash String CODEC(ZSTD(1)),
    acknowledged_by LowCardinality(String),
    acknowledged_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    retro UInt32 CODEC(ZSTD(1)),
    retro_registry UInt64 CODEC(ZSTD(1)),
    changed_by LowCardinality(String),
    changed_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    reason String CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (tenant, pay_group, `first`, version)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
