DROP VIEW IF EXISTS {database}.timecards_adjustments_v {on_cluster} SYNC
