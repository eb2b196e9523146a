DROP VIEW IF EXISTS {database}.sources_v {on_cluster} SYNC
