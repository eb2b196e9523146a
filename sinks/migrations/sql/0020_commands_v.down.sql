DROP VIEW IF EXISTS {database}.commands_v {on_cluster} SYNC
