-- One row for each range of offsets that is stored: `finished_at` is when its insert had returned, that is, when its rows
-- were visible; `dead` of its records went to the dead letters instead. Ranges of a topic-partition follow each other
-- without overlap; a gap is offsets that hold no record (transaction markers).
CREATE TABLE IF NOT EXISTS {database}.sink_batches {on_cluster}
(
    target LowCardinality(String),
    topic LowCardinality(String),
    partition UInt32,
    first_offset UInt64 CODEC(Delta, ZSTD(1)),
    last_offset UInt64 CODEC(Delta, ZSTD(1)),
    rows UInt32,
    dead UInt32,
    token String CODEC(ZSTD(1)),
    worker LowCardinality(String),
    finished_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX finished_at_minmax finished_at TYPE minmax GRANULARITY 1
)
ENGINE = {replicated}MergeTree
PARTITION BY toYYYYMM(finished_at)
ORDER BY (target, topic, partition, first_offset)
TTL toDateTime(finished_at) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
