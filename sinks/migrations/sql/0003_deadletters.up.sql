-- One row for each thing that could not be understood (DESIGN 2.4), named as in schemas/deadletters.py. The key is where
-- it stood, so what was put aside again after a crash or a replay shows once (deadletters_v). No partitions: they are few,
-- and a repeat must meet its first copy whenever it comes.
CREATE TABLE IF NOT EXISTS {database}.deadletters {on_cluster}
(
    reason LowCardinality(String),
    stage LowCardinality(String),
    source_topic LowCardinality(String),
    source_partition UInt32,
    source_offset UInt64,
    line UInt32,
    error String CODEC(ZSTD(3)),
    code_version LowCardinality(String),
    failed_at DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    source LowCardinality(String),
    received_at DateTime64(3, 'UTC'),
    sealed LowCardinality(String),
    headers Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    body String CODEC(ZSTD(3)),
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {replicated}ReplacingMergeTree(failed_at)
ORDER BY (source_topic, source_partition, source_offset, line)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
