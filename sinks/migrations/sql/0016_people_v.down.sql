DROP VIEW IF EXISTS {database}.people_v {on_cluster} SYNC
