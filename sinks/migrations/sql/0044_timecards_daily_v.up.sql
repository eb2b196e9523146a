-- The latest card of each employee and work date, retracted ones left out.
CREATE VIEW IF NOT EXISTS {database}.timecards_daily_v {on_cluster} AS
SELECT * FROM {database}.timecards_daily FINAL
WHERE status != 'VOID'
