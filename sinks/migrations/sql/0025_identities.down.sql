DROP TABLE IF EXISTS {database}.identities {on_cluster} SYNC
