DROP TABLE IF EXISTS {database}.employees {on_cluster} SYNC
