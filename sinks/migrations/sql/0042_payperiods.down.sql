DROP TABLE IF EXISTS {database}.payperiods {on_cluster} SYNC
