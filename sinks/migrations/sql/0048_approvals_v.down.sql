DROP VIEW IF EXISTS {database}.approvals_v {on_cluster} SYNC
