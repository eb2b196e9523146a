DROP VIEW IF EXISTS {database}.identities_v {on_cluster} SYNC
