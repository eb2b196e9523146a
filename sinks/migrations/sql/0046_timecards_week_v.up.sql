-- The latest sums of each employee and workweek.
CREATE VIEW IF NOT EXISTS {database}.timecards_week_v {on_cluster} AS
SELECT * FROM {database}.timecards_week FINAL
