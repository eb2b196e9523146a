-- As before, with the new columns: a view keeps the columns that it was made with.
-- Each device as it is now, polled servers and stations included.
CREATE OR REPLACE VIEW {database}.devices_v {on_cluster} AS
SELECT * FROM {database}.devices FINAL
