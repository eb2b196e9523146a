DROP TABLE IF EXISTS {database}.sink_batches {on_cluster} SYNC
