DROP VIEW IF EXISTS {database}.timecards_net_v {on_cluster} SYNC
