DROP VIEW IF EXISTS {database}.devices_v {on_cluster} SYNC
