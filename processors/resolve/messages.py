"""Records for timecards.input, as bytes (schemas/timecards_input.py). Pure.

There is one for every punch, so they are put together from dicts; a test compares them with the type.
"""

from __future__ import annotations

import orjson

from processors.partition_model import Later
from processors.resolve.kept import KeptPunch
from processors.resolve.watermarks import SiteDevices, SiteWatermark
from schemas.timecards_input import TIMECARD_INPUT_VERSION, TimecardInputKind, timecards_key


def assign(punch_id: str, device: str, pin: str, kept: KeptPunch, version: int) -> Later:
    """`kept` has an owner."""
    punch = {
        "rank": kept.rank,
        "device": device,
        "pin": pin,
        "site": kept.site,
        "punch_at": kept.punch_at,
        "utc_offset_s": kept.utc_offset_s,
        "zone": kept.zone,
        "time_flags": kept.time_flags,
        "state": kept.state,
        "verify": kept.verify,
        "unverified": kept.unverified,
        "work_code": kept.work_code,
        "job_codes": kept.job_codes,
        "tip_codes": kept.tip_codes,
        "source": kept.source,
        "received_at": kept.received_at,
    }
    return _of_employee(TimecardInputKind.ASSIGN, punch_id, kept.owner, kept, version, punch)


def retract(punch_id: str, employee: str, kept: KeptPunch, version: int) -> Later:
    return _of_employee(TimecardInputKind.RETRACT, punch_id, employee, kept, version, None)


def site_told(site: str, partition: int, devices: SiteDevices, registry_version: int, told: SiteWatermark) -> Later:
    """For every partition."""
    key = f"watermark+{site}+{partition}".encode()
    value = {
        "v": TIMECARD_INPUT_VERSION,
        "kind": TimecardInputKind.WATERMARK.value,
        "site": site,
        "resolver_partition": partition,
        "resolver_partitions": devices.partitions,
        "registry_version": registry_version,
        "watermark": told.watermark,
        "silent": told.silent,
    }
    return Later(key, orjson.dumps(value), None)


def _of_employee(
    kind: TimecardInputKind, punch_id: str, employee: str, kept: KeptPunch, version: int, punch: object
) -> Later:
    key = timecards_key(kept.tenant, employee)
    value = {
        "v": TIMECARD_INPUT_VERSION,
        "kind": kind.value,
        "tenant": kept.tenant,
        "employee": employee,
        "punch_id": punch_id,
        "identity_version": version,
        "rank": kept.rank,
        "punch": punch,
    }
    return Later(key, orjson.dumps(value), key)
