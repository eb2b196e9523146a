DROP VIEW IF EXISTS {database}.payperiods_v {on_cluster} SYNC
