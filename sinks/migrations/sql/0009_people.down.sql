DROP TABLE IF EXISTS {database}.people {on_cluster} SYNC
