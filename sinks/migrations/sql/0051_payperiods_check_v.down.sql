DROP VIEW IF EXISTS {database}.payperiods_check_v {on_cluster} SYNC
