DROP VIEW IF EXISTS {database}.timecards_vendor_v {on_cluster} SYNC
