"""All routes of the control API, and what each does: a call to the operations, nothing more."""

from __future__ import annotations

from typing import Final

from ingest.control.catalogue import CommandKind, command_kinds
from ingest.control.correction_routes import CORRECTION_ROUTES
from ingest.control.models import Batch, Command, Device, DeviceDetail, Done, Model, Page
from ingest.control.orders import Targets
from ingest.control.paging import page
from ingest.control.people import Copied, PersonRow
from ingest.control.period_routes import PERIOD_ROUTES
from ingest.control.raw_tail import RawRequest
from ingest.control.requests import (
    AnswerQuery,
    Approve,
    Because,
    ChangeDevice,
    CommandsQuery,
    CopyPeople,
    DevicesQuery,
    ForgetPerson,
    PageQuery,
    RawQuery,
    Replace,
    RequestCommand,
)
from ingest.control.routes import Bytes, Call, Nothing, Route
from ingest.control.selection import Selection


class Approved(Model):
    devices: list[Done]


class RawRequests(Model):
    """Oldest first."""

    items: list[RawRequest]


class Forgotten(Model):
    destroyed: bool


async def list_devices(call: Call[DevicesQuery, Nothing]) -> Page[Device]:
    query = call.query
    found = call.operations.device_list.known(call.caller, site=query.site, tag=query.tag, status=query.status)
    return page(found, query, lambda device: device.serial)


async def list_pending(call: Call[PageQuery, Nothing]) -> Page[Device]:
    return page(call.operations.device_list.pending(call.caller), call.query, lambda device: device.serial)


async def show_device(call: Call[Nothing, Nothing]) -> DeviceDetail:
    return call.operations.device_list.show(call.caller, call.path["serial"])


async def raw_requests(call: Call[RawQuery, Nothing]) -> RawRequests:
    device = call.operations.device_list.require(call.caller, call.path["serial"])
    return RawRequests(items=await call.operations.raw.last(device.serial, call.query.count))


async def approve_devices(call: Call[Nothing, Approve]) -> Approved:
    body = call.body
    done = await call.operations.devices.approve(
        call.caller,
        Selection(body.serials, body.prefix, body.edge, body.network),
        site=body.site,
        zone=body.zone,
        tenant=body.tenant,
        tags=body.tags,
        clock=body.clock,
        reason=body.reason,
    )
    return Approved(devices=done)


async def refuse_device(call: Call[Nothing, Because]) -> Done:
    (done,) = await call.operations.devices.refuse(call.caller, [call.path["serial"]], reason=call.body.reason)
    return done


async def retire_device(call: Call[Nothing, Because]) -> Done:
    (done,) = await call.operations.devices.retire(call.caller, [call.path["serial"]], reason=call.body.reason)
    return done


async def replace_device(call: Call[Nothing, Replace]) -> Done:
    return await call.operations.devices.replace(
        call.caller, call.path["serial"], call.body.by, reason=call.body.reason
    )


async def change_device(call: Call[Nothing, ChangeDevice]) -> Done:
    body = call.body
    return await call.operations.devices.change(
        call.caller, call.path["serial"], body.facts(), since_ever=body.since_ever, reason=body.reason
    )


async def list_catalogue(call: Call[PageQuery, Nothing]) -> Page[CommandKind]:
    return page(command_kinds(), call.query, lambda kind: kind.name)


async def request_command(call: Call[Nothing, RequestCommand]) -> Batch:
    body = call.body
    return await call.operations.orders.request(
        call.caller,
        Targets(body.devices, body.site, body.tag),
        body.name,
        body.arguments,
        reason=body.reason,
        yes=body.yes,
        canary=body.canary,
        expires_after_seconds=body.expires_after_seconds,
        key=body.key,
    )


async def list_commands(call: Call[CommandsQuery, Nothing]) -> Page[Command]:
    query = call.query
    found = call.operations.orders.known(
        call.caller, device=query.device, batch=query.batch, site=query.site, status=query.status
    )
    return page(sorted(found, key=_command_place), query, _command_place)


async def show_command(call: Call[Nothing, Nothing]) -> Command:
    return call.operations.orders.show(call.caller, call.path["serial"], call.path["id"])


async def cancel_command(call: Call[Nothing, Because]) -> Command:
    return await call.operations.orders.cancel(
        call.caller, call.path["serial"], call.path["id"], reason=call.body.reason
    )


async def command_answer(call: Call[AnswerQuery, Nothing]) -> Bytes:
    answer = await call.operations.orders.answer(
        call.caller, call.path["serial"], call.path["id"], reason=call.query.reason
    )
    return Bytes(answer.content, answer.filename or f"{call.path['serial']}-{call.path['id']}")


async def list_people(call: Call[PageQuery, Nothing]) -> Page[PersonRow]:
    people = await call.operations.people.known(call.caller, call.path["serial"])
    return page(sorted(people, key=lambda person: person.pin), call.query, lambda person: person.pin)


async def copy_people(call: Call[Nothing, CopyPeople]) -> Copied:
    body = call.body
    return await call.operations.people.copy(
        call.caller, body.source, body.to, pins=body.pins, kinds=body.kinds, reason=body.reason
    )


async def forget_person(call: Call[Nothing, ForgetPerson]) -> Forgotten:
    body = call.body
    destroyed = await call.operations.people.forget(
        call.caller, device=body.device, pin=body.pin, tenant=body.tenant, employee=body.employee, reason=body.reason
    )
    return Forgotten(destroyed=destroyed)


def _command_place(command: Command) -> str:
    """The newest first, and stable from page to page."""
    return f"{9_999_999_999_999 - command.requested_at:013d}+{command.device}+{command.command_id}"


ROUTES: Final = (
    Route("GET", "/v1/devices", "listDevices", "Devices of the registry, and accepted ones", "read", Page[Device],
          list_devices, query=DevicesQuery),
    Route("GET", "/v1/devices/pending", "listPending", "Devices that knock and that nobody has let in", "read",
          Page[Device], list_pending, query=PageQuery),
    Route("POST", "/v1/devices/approve", "approveDevices", "Let devices in, and say where they are", "operate",
          Approved, approve_devices, body=Approve),
    Route("GET", "/v1/devices/{serial}", "showDevice", "All that is known of a device", "read", DeviceDetail,
          show_device),
    Route("PATCH", "/v1/devices/{serial}", "changeDevice", "Change what the registry says of a device", "operate",
          Done, change_device, body=ChangeDevice),
    Route("GET", "/v1/devices/{serial}/raw", "rawRequests", "The last requests of a device, secrets removed", "read",
          RawRequests, raw_requests, query=RawQuery),
    Route("POST", "/v1/devices/{serial}/refuse", "refuseDevice", "Keep a device out by name", "operate", Done,
          refuse_device, body=Because),
    Route("POST", "/v1/devices/{serial}/retire", "retireDevice", "End a device's use", "operate", Done, retire_device,
          body=Because),
    Route("POST", "/v1/devices/{serial}/replace", "replaceDevice", "Put another device in its place", "operate", Done,
          replace_device, body=Replace),
    Route("GET", "/v1/devices/{serial}/people", "listPeople", "Who is on a device, as it reported", "read",
          Page[PersonRow], list_people, query=PageQuery),
    Route("GET", "/v1/catalogue", "listCatalogue", "Commands that there are", "read", Page[CommandKind],
          list_catalogue, query=PageQuery),
    Route("POST", "/v1/commands", "requestCommand", "Request a command for devices, a site or a tag", "operate", Batch,
          request_command, body=RequestCommand),
    Route("GET", "/v1/commands", "listCommands", "Commands and how far they are, the newest first", "read",
          Page[Command], list_commands, query=CommandsQuery),
    Route("GET", "/v1/commands/{serial}/{id}", "showCommand", "One command", "read", Command, show_command),
    Route("POST", "/v1/commands/{serial}/{id}/cancel", "cancelCommand", "Cancel a command that is open", "operate",
          Command, cancel_command, body=Because),
    Route("GET", "/v1/commands/{serial}/{id}/answer", "commandAnswer", "The file or shell output that it brought",
          "admin", None, command_answer, query=AnswerQuery),
    Route("POST", "/v1/people/copy", "copyPeople", "Copy people and templates to other devices", "operate", Copied,
          copy_people, body=CopyPeople),
    Route("POST", "/v1/people/forget", "forgetPerson", "Destroy a person's key for good", "admin", Forgotten,
          forget_person, body=ForgetPerson),
    *CORRECTION_ROUTES,
    *PERIOD_ROUTES,
)  # fmt: skip
