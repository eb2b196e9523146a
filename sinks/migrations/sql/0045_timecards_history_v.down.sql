DROP VIEW IF EXISTS {database}.timecards_history_v {on_cluster} SYNC
