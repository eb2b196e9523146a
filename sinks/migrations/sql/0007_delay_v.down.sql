DROP VIEW IF EXISTS {database}.delay_v {on_cluster} SYNC
