DROP TABLE IF EXISTS {database}.punches {on_cluster} SYNC
