"""What a server is told to do: from a claimed command to its end. Source: spec/connectors.md (e), rank 5."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from connectors.biotime.acts import groups, mobile, people, terminals
from connectors.biotime.client import BioTimeClient
from connectors.execution import Act, Refused, carry_out, prepared
from connectors.source import Done, Json, Order
from runtime.connector_sections import ConnectorSettings
from wire.biotime.commands import COMMANDS

_CATALOGUE: Final = {command.name: command for command in COMMANDS}

ACTS: Final[dict[str, Callable[[BioTimeClient, Json], Act]]] = {
    "biotime.terminal.create": terminals.create,
    "biotime.terminal.update": terminals.update,
    "biotime.terminal.delete": terminals.delete,
    "biotime.terminal.clear_command": partial(terminals.device_call, lambda client: client.clear_command),
    "biotime.terminal.clear_capture": partial(terminals.device_call, lambda client: client.clear_capture),
    "biotime.terminal.clear_all": partial(terminals.device_call, lambda client: client.clear_all),
    "biotime.terminal.upload_all": partial(terminals.device_call, lambda client: client.upload_all),
    "biotime.terminal.upload_transaction": partial(terminals.device_call, lambda client: client.upload_transaction),
    "biotime.terminal.reboot": partial(terminals.device_call, lambda client: client.reboot),
    "biotime.employee.create": people.create,
    "biotime.employee.update": people.update,
    "biotime.employee.delete": people.delete,
    "biotime.employee.adjust_area": people.adjust_area,
    "biotime.employee.adjust_department": people.adjust_department,
    "biotime.employee.adjust_position": people.adjust_position,
    "biotime.employee.adjust_resign": people.adjust_resign,
    "biotime.employee.resync_to_device": people.resync_to_device,
    "biotime.employee.del_bio_template": people.del_bio_template,
    **{
        f"biotime.{thing}.{act}": partial(make, group)
        for thing, group in (("department", groups.DEPARTMENTS), ("area", groups.AREAS), ("position", groups.POSITIONS))
        for act, make in (("create", groups.create), ("update", groups.update), ("delete", groups.delete))
    },
    "biotime.mobile.clock_in": mobile.clock_in,
    "biotime.mobile.manual_log": mobile.manual_log,
    "biotime.mobile.reset_password": mobile.reset_password,
    "biotime.mobile.forgot_password_create_otp": mobile.forgot_password_create_otp,
    "biotime.mobile.create_password": mobile.create_password,
    "biotime.mobile.reset_employee_password": mobile.reset_employee_password,
}


async def execute(client: BioTimeClient, settings: ConnectorSettings, order: Order) -> Done:
    """Raises NotAllowed, NotSupported; SourceTrouble: it was not done, the next claim tries; OutcomeUnknown: the next
    claim reads back."""
    try:
        arguments = prepared("biotime", _CATALOGUE, settings.allow, order)
        act = ACTS[order.name](client, arguments)
        return await carry_out(_CATALOGUE[order.name], order, act)
    except Refused as error:
        return Done(False, str(error))
