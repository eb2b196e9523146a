DROP TABLE IF EXISTS {database}.operations {on_cluster} SYNC
