-- As before, with the new columns: a view keeps the columns that it was made with.
-- Each employee as known now, those who left included (`active` is false).
CREATE OR REPLACE VIEW {database}.employees_v {on_cluster} AS
SELECT * FROM {database}.employees FINAL
