-- From the device's request to the visible row, for the punches that became visible in the last `seconds` seconds:
--   SELECT quantiles(0.5, 0.95)(delay_ms) FROM delay_v(seconds = 60)
-- Both sides are cut by a minmax index before they meet: an insert starts before it is finished, so a row of a batch that
-- finished in the window was inserted at most an insert's timeout (120 s is more than that) before it.
CREATE VIEW IF NOT EXISTS {database}.delay_v {on_cluster} AS
SELECT
    batches.finished_at AS visible_at,
    punches.received_at AS received_at,
    toUnixTimestamp64Milli(batches.finished_at) - toUnixTimestamp64Milli(punches.received_at) AS delay_ms,
    punches.tenant AS tenant,
    punches.site AS site
FROM
(
    SELECT topic, partition, offset, received_at, tenant, site
    FROM {database}.punches
    WHERE inserted_at >= now64(3) - toIntervalSecond({seconds:UInt32} + 120)
) AS punches
ASOF INNER JOIN
(
    SELECT topic, partition, first_offset, last_offset, finished_at
    FROM {database}.sink_batches
    WHERE target = 'punches' AND finished_at >= now64(3) - toIntervalSecond({seconds:UInt32})
) AS batches
ON punches.topic = batches.topic AND punches.partition = batches.partition AND punches.offset >= batches.first_offset
WHERE punches.offset <= batches.last_offset
