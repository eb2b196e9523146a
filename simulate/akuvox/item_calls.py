"""Lists over the HTTP API: privatekey, rfkey, contact, group, dialreplace, user (document, those chapters)."""

from typing import Any

from simulate.akuvox.call import Call, File, Reply
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.files import (
    Item,
    comma_separated,
    read_comma_separated,
    read_tgz,
    read_vcards,
    read_xml,
    sealed,
    tgz,
    unsealed,
    vcards,
    xml,
)
from simulate.akuvox.items import ItemList
from simulate.akuvox.station import Station

_XML_ROOTS = {"privatekey": "PrivateKey", "rfkey": "ICKey", "dialreplace": "DialReplace"}
_CONTACT_COLUMNS = ("Name", "Phone", "Group", "DialType")
_SOURCE_TYPES = {"local": "1", "cloud": "2"}


def listed(station: Station, items: list[Any], call: Call, rows_per_page: int | None = None) -> tuple[int, list[Any]]:
    """`num` and the part of a list that is asked for: the page, or all when none is named or pages are ignored."""
    page = call.number("page", 0, 0, 1_000_000)
    if page == 0 or station.quirks.ignores_page:
        return len(items), items
    size = rows_per_page or station.quirks.page_rows
    return len(items), items[(page - 1) * size : page * size]


def list_data(station: Station, total: int, items: list[Any]) -> dict[str, Any]:
    """`num` and `item` as this station writes them."""
    quirks = station.quirks
    if not items and quirks.missing_item:
        return {"num": total}
    if len(items) == 1 and quirks.single_object:
        return {"num": total, quirks.item_key: items[0]}
    return {"num": total, quirks.item_key: items}


def items_get(station: Station, call: Call) -> Reply:
    total, items = listed(station, _list(station, call).items, call)
    return Reply(list_data(station, total, items))


def items_add(station: Station, call: Call) -> Reply:
    target = _list(station, call)
    return _results(target, [target.add(item) for item in call.items()])


def items_set(station: Station, call: Call) -> Reply:
    target = _list(station, call)
    return _results(target, [target.set(item) for item in call.items()])


def items_del(station: Station, call: Call) -> Reply:
    target = _list(station, call)
    return _results(target, [result for item in call.items() for result in target.delete(item)])


def items_clear(station: Station, call: Call) -> Reply:
    _list(station, call).clear()
    return Reply()


def xml_export(station: Station, call: Call) -> Reply:
    root = _XML_ROOTS[call.target]
    return Reply(file=File(f"{root}.xml", xml(root, _list(station, call).items)))


def xml_import(station: Station, call: Call) -> Reply:
    _list(station, call).replace(read_xml(call.file("config")))
    return Reply()


def contact_export(station: Station, call: Call) -> Reply:
    """Answers retcode -1 when there is no contact, as the document says."""
    contacts, kind = _list(station, call).items, call.text("filetype", "csv")
    if kind not in ("csv", "xml", "vcf"):
        raise RefusedCall(-100, "Param error")
    if not contacts:
        raise RefusedCall(-1, "Export Failed.")
    content = {
        "csv": lambda: comma_separated(_CONTACT_COLUMNS, contacts),
        "xml": lambda: xml("Contacts", contacts),
        "vcf": lambda: vcards(contacts),
    }[kind]()
    return Reply(file=File(f"Contacts.{kind}", content))


def contact_import(station: Station, call: Call) -> Reply:
    content = call.file("config")
    if content.startswith(b"<"):
        items = read_xml(content)
    elif content.startswith(b"BEGIN:VCARD"):
        items = read_vcards(content)
    else:
        items = read_comma_separated(content)
    _list(station, call).replace(items)
    return Reply()


def user_info(station: Station, call: Call) -> Reply:
    return Reply({"DefaultUserId": len(station.lists["user"].items) + 1})


def user_get(station: Station, call: Call) -> Reply:
    wanted = _SOURCE_TYPES.get(call.text("SourceType", "All").lower())
    users = [user for user in station.lists["user"].items if wanted in (None, user["SourceType"])]
    total, items = listed(station, users, call)
    key = station.quirks.schedule_key
    shown = [{key if name == "ScheduleRelay" else name: value for name, value in user.items()} for user in items]
    return Reply(list_data(station, total, shown), action="info")


def user_scan(station: Station, call: Call) -> Reply:
    return Reply({"RFCode": f"{station.rng.getrandbits(32):08X}"}, action="scam")


def user_export(station: Station, call: Call) -> Reply:
    return Reply({"address": "/download/UserData.tgz"})


def user_download(station: Station, call: Call) -> Reply:
    """The file that the export names."""
    return Reply(file=File("UserData.tgz", tgz("users.bin", sealed(station.lists["user"].items))))


def user_import(station: Station, call: Call) -> Reply:
    found = unsealed(read_tgz(call.file("config") if "config" in call.files else call.file("file")))
    if not isinstance(found, list):
        raise RefusedCall(-1, "Import Failed.")
    items: list[Item] = [{str(name): str(value) for name, value in item.items()} for item in found]
    station.lists["user"].replace(items)
    return Reply({})


def _list(station: Station, call: Call) -> ItemList:
    return station.lists[call.target]


def _results(target: ItemList, results: list[tuple[int, Item]]) -> Reply:
    if target.kind.plain_results:
        failed = any(ret < 0 for ret, _ in results)
        return Reply(retcode=-1, message="Failed") if failed else Reply(retcode=1)
    fields = ("ID", *target.kind.echoed)
    items = [{"Ret": ret, **{name: item[name] for name in fields if name in item}} for ret, item in results]
    return Reply({"num": len(items), "item": items})
