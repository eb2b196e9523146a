-- Each photo once.
CREATE VIEW IF NOT EXISTS {database}.photos_v {on_cluster} AS
SELECT * FROM {database}.photos FINAL
