DROP VIEW IF EXISTS {database}.timecards_week_v {on_cluster} SYNC
