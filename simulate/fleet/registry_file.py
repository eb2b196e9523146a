"""The registry file for a fleet: what the pipeline must know of its terminals."""

import yaml

from simulate.fleet.identity import SITES, identity
from simulate.fleet.settings import FleetSettings


def registry_yaml(settings: FleetSettings) -> str:
    """The sites and devices of the fleet as YAML, one flow mapping per line."""
    devices = [identity(number) for number in range(1, settings.terminals + 1)]
    document = {
        "sites": [{"id": site.id, "name": site.name, "zone": site.zone} for site in SITES],
        "devices": [
            {
                "serial": device.serial,
                "site": device.site.id,
                "zone": device.site.zone,
                "clock": device.clock,
                "tenant": settings.tenant,
                "ack_profile": "count",
            }
            for device in devices
        ],
    }
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=200)
