DROP VIEW IF EXISTS {database}.timecards_daily_v {on_cluster} SYNC
