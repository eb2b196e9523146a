DROP VIEW IF EXISTS {database}.deadletters_v {on_cluster} SYNC
