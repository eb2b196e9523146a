DROP TABLE IF EXISTS {database}.approvals {on_cluster} SYNC
