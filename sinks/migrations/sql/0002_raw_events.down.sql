DROP TABLE IF EXISTS {database}.raw_events {on_cluster} SYNC
