DROP TABLE IF EXISTS {database}.audit {on_cluster} SYNC
