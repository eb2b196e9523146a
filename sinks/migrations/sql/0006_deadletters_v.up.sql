-- Each thing put aside once, as it failed last.
CREATE VIEW IF NOT EXISTS {database}.deadletters_v {on_cluster} AS
SELECT * FROM {database}.deadletters FINAL
