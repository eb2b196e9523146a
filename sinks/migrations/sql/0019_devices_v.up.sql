-- Each device as it is now.
CREATE VIEW IF NOT EXISTS {database}.devices_v {on_cluster} AS
SELECT * FROM {database}.devices FINAL
