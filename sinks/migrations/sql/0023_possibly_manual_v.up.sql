-- Punches that somebody may have added on the clock (vendor's document VI 15, errata Z7): they look like any other, but they
-- come late although their clock had nothing left to send. A punch is listed when it came more than `quiet_seconds` after an
-- upload that already held a later punch of the same clock: a clock sends in order, and a backlog is gone by then. The
-- arrival is that of the copy that won: a punch that came as it was made stays so when it is sent again; one that came with a
-- backlog and is sent again may be listed although nobody touched it. `operations` are the clock's own log from an hour
-- before the arrival: a menu that was entered, a clock that was set.
--   SELECT * FROM possibly_manual_v(quiet_seconds = 900) WHERE received_at > now() - INTERVAL 7 DAY
CREATE VIEW IF NOT EXISTS {database}.possibly_manual_v {on_cluster} AS
SELECT
    tenant, device, event_id, pin, local_text, punch_at, first_received_at, newer_punch_at, newer_received_at,
    groupArrayIf(100)(word, happened_at BETWEEN first_received_at - INTERVAL 1 HOUR AND first_received_at) AS operations
FROM
(
    SELECT
        late.tenant AS tenant,
        late.device AS device,
        late.event_id AS event_id,
        any(late.pin) AS pin,
        any(late.local_text) AS local_text,
        any(late.punch_at) AS punch_at,
        any(late.first_received_at) AS first_received_at,
        any(earlier.punch_at) AS newer_punch_at,
        any(earlier.first_received_at) AS newer_received_at
    FROM
    (
        SELECT
            tenant, device, event_id, any(pin) AS pin, any(local_text) AS local_text, argMax(punch_at, rank) AS punch_at,
            min(received_at) AS first_received_at, first_received_at - toIntervalSecond({quiet_seconds:UInt32}) AS until
        FROM {database}.punches
        WHERE source = 'push' AND local_time >= '2015-01-01'
        GROUP BY tenant, device, event_id
    ) AS late
    ASOF INNER JOIN
    (
        SELECT
            tenant, device, first_received_at,
            max(punch_at) OVER (PARTITION BY tenant, device ORDER BY first_received_at) AS punch_at
        FROM
        (
            SELECT tenant, device, event_id, argMax(punch_at, rank) AS punch_at, min(received_at) AS first_received_at
            FROM {database}.punches
            WHERE source = 'push' AND local_time >= '2015-01-01' AND NOT has(time_flags, 'FUTURE_PUNCH')
            GROUP BY tenant, device, event_id
        )
    ) AS earlier
    ON late.tenant = earlier.tenant AND late.device = earlier.device AND late.until >= earlier.first_received_at
    WHERE earlier.punch_at > late.punch_at
    GROUP BY tenant, device, event_id
) AS found
LEFT JOIN (SELECT tenant, device, word, happened_at FROM {database}.operations FINAL) AS log USING (tenant, device)
GROUP BY tenant, device, event_id, pin, local_text, punch_at, first_received_at, newer_punch_at, newer_received_at
