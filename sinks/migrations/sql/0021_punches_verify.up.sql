-- What the verify code means, and whether anybody was verified at all. Rows of parser version 1 do not say: 16 and 17 are the
-- codes without verification (errata Z5).
ALTER TABLE {database}.punches {on_cluster}
    ADD COLUMN IF NOT EXISTS verify_word LowCardinality(String) AFTER verify,
    ADD COLUMN IF NOT EXISTS unverified Bool DEFAULT ifNull(verify IN (16, 17), false) AFTER verify_word
