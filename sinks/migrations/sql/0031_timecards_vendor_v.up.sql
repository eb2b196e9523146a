-- Each row of a server's time cards once, as read last.
CREATE VIEW IF NOT EXISTS {database}.timecards_vendor_v {on_cluster} AS
SELECT * FROM {database}.timecards_vendor FINAL
