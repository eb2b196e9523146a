ALTER TABLE {database}.punches {on_cluster} DROP COLUMN IF EXISTS verify_word, DROP COLUMN IF EXISTS unverified
