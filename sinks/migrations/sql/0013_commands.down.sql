DROP TABLE IF EXISTS {database}.commands {on_cluster} SYNC
