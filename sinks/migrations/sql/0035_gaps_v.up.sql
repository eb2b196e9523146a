-- Rows that a station overwrote or cleared before anybody could read them: the log, the last row that was known, the oldest
-- that was left, how many the station holds, and why.
CREATE VIEW IF NOT EXISTS {database}.gaps_v {on_cluster} AS
SELECT
    tenant,
    device AS source,
    site,
    happened_at AS found_at,
    extra['log'] AS log,
    extra['last_known'] AS last_known,
    extra['oldest_available'] AS oldest_available,
    toUInt64OrNull(extra['num']) AS rows_held,
    extra['why'] AS why,
    event_id
FROM {database}.access FINAL
WHERE kind = 'gap'
