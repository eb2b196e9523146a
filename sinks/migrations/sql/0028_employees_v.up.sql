-- Each employee as known now, those who left included (`active` is false).
CREATE VIEW IF NOT EXISTS {database}.employees_v {on_cluster} AS
SELECT * FROM {database}.employees FINAL
