-- The latest sums of each employee and workweek, with the versions of the daily cards that they are made of.
-- Columns: the fields of schemas/timecards.py WeekCard, then where the record stood in Kafka.
CREATE TABLE IF NOT EXISTS {database}.timecards_week {on_cluster}
(
    v UInt8,
    tenant LowCardinality(String),
    employee String CODEC(ZSTD(1)),
    week_start Date CODEC(ZSTD(1)),
    version UInt32 CODEC(ZSTD(1)),
    content_hash String CODEC(ZSTD(1)),
    derived_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    days Map(LowCardinality(String), UInt32) CODEC(ZSTD(1)),
    statuses Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    worked UInt32 CODEC(ZSTD(1)),
    reg UInt32 CODEC(ZSTD(1)),
    ot1 UInt32 CODEC(ZSTD(1)),
    ot2 UInt32 CODEC(ZSTD(1)),
    ot3 UInt32 CODEC(ZSTD(1)),
    hol UInt32 CODEC(ZSTD(1)),
    wkd UInt32 CODEC(ZSTD(1)),
    night UInt32 CODEC(ZSTD(1)),
    absent UInt32 CODEC(ZSTD(1)),
    leave UInt32 CODEC(ZSTD(1)),
    topic LowCardinality(String),
    partition UInt32 CODEC(ZSTD(1)),
    offset UInt64 CODEC(Delta, ZSTD(1)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = {replicated}ReplacingMergeTree(version)
PARTITION BY toYear(week_start)
ORDER BY (tenant, employee, week_start)
SETTINGS non_replicated_deduplication_window = 20000,
    replicated_deduplication_window = 20000,
    replicated_deduplication_window_seconds = 604800
