DROP TABLE IF EXISTS {database}.corrections {on_cluster} SYNC
