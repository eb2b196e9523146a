DROP VIEW IF EXISTS {database}.gaps_v {on_cluster} SYNC
