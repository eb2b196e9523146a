DROP TABLE IF EXISTS {database}.deadletters {on_cluster} SYNC
