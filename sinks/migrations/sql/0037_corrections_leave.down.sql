ALTER TABLE {database}.corrections {on_cluster}
    DROP COLUMN IF EXISTS target_at,
    DROP COLUMN IF EXISTS work_date,
    DROP COLUMN IF EXISTS minutes,
    DROP COLUMN IF EXISTS leave_code,
    DROP COLUMN IF EXISTS batch
