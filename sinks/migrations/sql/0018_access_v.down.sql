DROP VIEW IF EXISTS {database}.access_v {on_cluster} SYNC
