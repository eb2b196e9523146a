DROP VIEW IF EXISTS {database}.possibly_manual_v {on_cluster} SYNC
