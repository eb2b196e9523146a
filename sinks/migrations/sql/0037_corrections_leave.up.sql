-- Leave as a correction, and where the punch that is corrected lies (schemas/corrections.py Correction).
ALTER TABLE {database}.corrections {on_cluster}
    ADD COLUMN IF NOT EXISTS target_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)) AFTER target,
    ADD COLUMN IF NOT EXISTS work_date String CODEC(ZSTD(1)) AFTER site,
    ADD COLUMN IF NOT EXISTS minutes UInt32 CODEC(ZSTD(1)) AFTER work_date,
    ADD COLUMN IF NOT EXISTS leave_code LowCardinality(String) AFTER minutes,
    ADD COLUMN IF NOT EXISTS batch String CODEC(ZSTD(1)) AFTER leave_code
