DROP TABLE IF EXISTS {database}.timecards_history {on_cluster} SYNC
