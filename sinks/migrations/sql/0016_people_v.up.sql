-- Who is on which device now, and with what enrolled.
CREATE VIEW IF NOT EXISTS {database}.people_v {on_cluster} AS
SELECT * FROM {database}.people FINAL WHERE NOT deleted
