DROP TABLE IF EXISTS {database}.timecards_adjustments {on_cluster} SYNC
