DROP VIEW IF EXISTS {database}.employees_v {on_cluster} SYNC
