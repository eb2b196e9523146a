-- Each polled server and station: how it is since when, the last good poll, how far behind, and the terminals behind it.
-- `presence` is offline also when nobody polls it any more; `clock_off` when its clock is more than a minute off.
CREATE VIEW IF NOT EXISTS {database}.sources_v {on_cluster} AS
SELECT
    tenant,
    device AS source,
    splitByChar(':', device)[1] AS vendor,
    site,
    assumeNotNull(source_status) AS status,
    source_since AS since,
    source_why AS why,
    found.status AS presence,
    source_worker AS worker,
    last_good_poll,
    lag_s,
    source_rows AS rows,
    source_errors AS errors,
    watermark,
    skew_s,
    abs(ifNull(skew_s, 0)) > 60 AS clock_off,
    model,
    mac,
    firmware,
    uptime_s,
    sample,
    sampled_at,
    behind.terminals AS terminals,
    behind.terminals_online AS terminals_online,
    updated_at
FROM (SELECT * FROM {database}.devices FINAL WHERE source_status IS NOT NULL) AS found
LEFT JOIN
(
    SELECT polled_by, count() AS terminals, countIf(status IN ('online', 'silent')) AS terminals_online
    FROM {database}.devices FINAL
    WHERE polled_by != '' AND polled_by != device
    GROUP BY polled_by
) AS behind ON behind.polled_by = found.device
