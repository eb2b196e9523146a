DROP TABLE IF EXISTS {database}.timecards_daily {on_cluster} SYNC
