"""What a station is told to do: from a claimed command to its end. Source: spec/connectors.md (e), rank 5, 6; B-3 5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from connectors.akuvox.acts import device, lists
from connectors.akuvox.client import AkuvoxClient
from connectors.execution import Act, Finding, Refused, carry_out, prepared
from connectors.source import Done, Json, Order
from runtime.connector_sections import ConnectorSettings
from wire.akuvox.commands import COMMANDS

_CATALOGUE: Final = {command.name: command for command in COMMANDS}
_WHOLE_LISTS: Final = ("privatekey", "rfkey", "contact", "dialreplace", "user")

ACTS: Final[dict[str, Callable[[AkuvoxClient, Json], Act]]] = {
    "akuvox.system.reboot": device.reboot,
    "akuvox.firmware.prepare": partial(device.once, lambda client: client.prepare_firmware),
    "akuvox.firmware.upload": partial(device.with_file, lambda client: client.upload_firmware),
    "akuvox.firmware.upgrade": partial(device.once, lambda client: client.upgrade_firmware),
    "akuvox.config.set": partial(device.settings, lambda client: client.set_config),
    "akuvox.config.import": partial(device.with_file, lambda client: client.import_config),
    "akuvox.config.reset_factory": partial(device.once, lambda client: client.reset_factory),
    "akuvox.relay.set": partial(device.settings, lambda client: client.set_relay),
    "akuvox.relay.trig": partial(device.once, lambda client: client.trigger_relay),
    "akuvox.input.set": partial(device.settings, lambda client: client.set_input),
    "akuvox.publiccode.set": partial(device.settings, lambda client: client.set_public_codes),
    **{
        f"akuvox.{target}.{action}": partial(make, target)
        for target in _WHOLE_LISTS
        for action, make in (
            ("add", lists.add),
            ("set", lists.change),
            ("del", lists.delete),
            ("clear", lists.clear),
            ("import", lists.replace),
        )
    },
    "akuvox.group.add": partial(lists.add, "group"),
    "akuvox.group.set": partial(lists.change, "group"),
    "akuvox.group.clear": partial(lists.clear, "group"),
    "akuvox.call.dial": partial(device.once, lambda client: client.dial),
    "akuvox.call.hangup": partial(device.once, lambda client: client.hang_up),
    "akuvox.sip.set": partial(device.settings, lambda client: client.set_sip),
    "akuvox.log.set": device.set_log,
    "akuvox.log.clear": partial(device.once, lambda client: client.clear_log),
    "akuvox.calllog.del": partial(lists.delete_row, "callog"),
    "akuvox.calllog.clear": partial(lists.clear_log, "callog"),
    "akuvox.doorlog.del": partial(lists.delete_row, "doorlog"),
    "akuvox.doorlog.clear": partial(lists.clear_log, "doorlog"),
    "akuvox.pcap.start": partial(device.once, lambda client: client.start_pcap),
    "akuvox.pcap.stop": partial(device.once, lambda client: client.stop_pcap),
}


async def execute(client: AkuvoxClient, settings: ConnectorSettings, order: Order) -> Done:
    """Raises NotAllowed, NotSupported; SourceTrouble: it was not done, the next claim tries; OutcomeUnknown: the next
    claim reads back."""
    try:
        arguments = prepared("akuvox", _CATALOGUE, settings.allow, order)
        act = ACTS[order.name](client, arguments)
        return await carry_out(_CATALOGUE[order.name], order, _to_this_station(client, act))
    except Refused as error:
        return Done(False, str(error))


def _to_this_station(client: AkuvoxClient, act: Act) -> Act:
    """Asked who it is first: another station may have its address by now, and a door of another house must not open."""
    look = act.read_back

    async def send() -> Json:
        await client.system_info()
        return await act.send()

    async def read_back() -> Finding:
        assert look is not None
        await client.system_info()
        return await look()

    return replace(act, send=send, read_back=None if look is None else read_back)
