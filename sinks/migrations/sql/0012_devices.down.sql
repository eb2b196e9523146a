DROP TABLE IF EXISTS {database}.devices {on_cluster} SYNC
