-- Each command once: what was asked, how it ended, by the rules of schemas/command_state.py as far as SQL can say them: the
-- first end in log order counts, a later answer is counted as late.
CREATE VIEW IF NOT EXISTS {database}.commands_v {on_cluster} AS
SELECT
    tenant,
    device,
    command_id,
    anyIf(name, step = 'requested') AS name,
    anyIf(summary, step = 'requested') AS summary,
    anyIf(by, step = 'requested') AS requested_by,
    anyIf(reason, step = 'requested') AS reason,
    anyIf(batch, step = 'requested') AS batch,
    anyIf(wave, step = 'requested') AS wave,
    minIf(at, step = 'requested') AS requested_at,
    countIf(step = 'sent') AS sends,
    maxIf(at, step = 'sent') AS sent_at,
    argMinIf(at, offset, is_end) AS ended_at,
    multiIf(
        countIf(is_end) > 0, argMinIf(if(step = 'answered', outcome, toString(step)), offset, is_end),
        countIf(step = 'answered') > 0, 'pending',
        countIf(step = 'sent') > 0, 'offered',
        'waiting') AS status,
    argMinIf(return_code, offset, is_end) AS return_code,
    argMinIf(meaning, offset, is_end) AS meaning,
    argMinIf(answer, offset, is_end) AS answer,
    argMinIf(stored, offset, is_end) AS stored,
    greatest(countIf(step = 'answered' AND outcome != 'pending'), 1) - 1 AS late_answers
FROM
(
    SELECT *, step IN ('expired', 'cancelled') OR (step = 'answered' AND outcome IN ('done', 'failed')) AS is_end
    FROM {database}.commands
)
GROUP BY tenant, device, command_id
HAVING countIf(step = 'requested') > 0
