DROP VIEW IF EXISTS {database}.photos_v {on_cluster} SYNC
