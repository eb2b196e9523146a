-- Whose each PIN is, when.
CREATE VIEW IF NOT EXISTS {database}.identities_v {on_cluster} AS
SELECT * FROM {database}.identities FINAL
