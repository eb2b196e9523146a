DROP VIEW IF EXISTS {database}.corrections_v {on_cluster} SYNC
