DROP VIEW IF EXISTS {database}.punches_v {on_cluster} SYNC
