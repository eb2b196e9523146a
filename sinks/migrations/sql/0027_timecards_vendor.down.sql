DROP TABLE IF EXISTS {database}.timecards_vendor {on_cluster} SYNC
