DROP TABLE IF EXISTS {database}.access {on_cluster} SYNC
