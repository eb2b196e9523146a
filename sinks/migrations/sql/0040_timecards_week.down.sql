DROP TABLE IF EXISTS {database}.timecards_week {on_cluster} SYNC
