-- Who is on which device now, and with what enrolled. A user who was removed takes everything along that was there before:
-- the device says only that the user is gone. `fingerprint` without a number removed is all fingers.
CREATE VIEW IF NOT EXISTS {database}.people_v {on_cluster} AS
SELECT present.* EXCEPT normal_pin
FROM
(
    SELECT *, replaceRegexpOne(trimBoth(pin), '^0+(.)', '\\1') AS normal_pin
    FROM {database}.people FINAL
    WHERE NOT deleted
) AS present
LEFT JOIN
(
    SELECT
        tenant,
        device,
        replaceRegexpOne(trimBoth(pin), '^0+(.)', '\\1') AS normal_pin,
        maxIf(rank, item = 'user') AS user_gone,
        maxIf(rank, item = 'fingerprint') AS fingers_gone
    FROM {database}.people FINAL
    WHERE deleted AND item IN ('user', 'fingerprint')
    GROUP BY tenant, device, normal_pin
) AS gone USING (tenant, device, normal_pin)
WHERE present.rank > gone.user_gone AND (NOT startsWith(present.item, 'fingerprint') OR present.rank > gone.fingers_gone)
