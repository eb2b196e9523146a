-- Each door event once.
CREATE VIEW IF NOT EXISTS {database}.access_v {on_cluster} AS
SELECT * FROM {database}.access FINAL
