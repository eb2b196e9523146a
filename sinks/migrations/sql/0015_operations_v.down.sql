DROP VIEW IF EXISTS {database}.operations_v {on_cluster} SYNC
