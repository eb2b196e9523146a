ALTER TABLE {database}.employees {on_cluster} DROP COLUMN IF EXISTS employment
