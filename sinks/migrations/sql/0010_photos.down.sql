DROP TABLE IF EXISTS {database}.photos {on_cluster} SYNC
