-- Each operation once, the copy of greatest rank.
CREATE VIEW IF NOT EXISTS {database}.operations_v {on_cluster} AS
SELECT * FROM {database}.operations FINAL
