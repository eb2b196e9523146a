-- How people are employed, when (schemas/employees.py Employment).
ALTER TABLE {database}.employees {on_cluster}
    ADD COLUMN IF NOT EXISTS employment Array(Tuple(valid_from String, valid_to String, site String, policy_group String, pay_group String, schedule String, employer String, payroll_number String)) CODEC(ZSTD(1)) AFTER enable_holiday
