"""The punches of a card's story in lines for people: where each one came from, as far down as its raw row. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cli.timecard_text import hhmm, wall_text, zone_text
from schemas.topics import DAY_MS, TOPICS

if TYPE_CHECKING:
    from cli.card_story import CardStory, PunchStory
    from cli.timecard_text import Row

_MAX_RAW_CHARACTERS: Final = 2000


def punch_lines(story: CardStory) -> Iterator[str]:
    for punch in story.punches:
        row = punch.row
        offset = punch.offset_s if punch.offset_s is not None else (row or {}).get("utc_offset_s")
        at = wall_text(punch.at_ms, offset) if offset is not None else zone_text(punch.at_ms, story.row["zone"])
        if row is None:
            yield f"[{punch.number}] {at}  {_of_nobody(punch)}"
        else:
            state = "no state" if row["state"] is None else f"state {row['state']}"
            yield f"[{punch.number}] {at}  {state}  {row['device']} (site {row['site'] or 'none'}), PIN {row['pin']}"
            yield f"    punch {punch.punch_id}, the device said {row['local_text']!r} ({row['zone']}){_flags(row)}"
            yield (
                f"    received {zone_text(row['received_at'], story.row['zone'])} by {row['source']},"
                f" request {row['request_id'] or 'not named'}"
            )
            yield f"    {_raw_text(punch, row)}"
        for one in punch.corrections:
            yield f"    {correction_text(one)}"
        if punch.missing:
            yield f"    MISSING: {punch.missing}"


def _of_nobody(punch: PunchStory) -> str:
    """Of a punch that no device made, or that the store does not have."""
    return f"made by correction {punch.punch_id}" if punch.corrections else f"punch {punch.punch_id}"


def _flags(row: Row) -> str:
    return f", {', '.join(row['time_flags'])}" if row["time_flags"] else ""


def _raw_text(punch: PunchStory, row: Row) -> str:
    place = f"raw record {row['raw_topic']}-{row['raw_partition']} offset {row['raw_offset']} line {row['raw_line']}"
    topic = TOPICS.get(row["raw_topic"])
    if row["raw_topic"] != "raw.attendance":
        days = topic.retention_ms // DAY_MS if topic is not None and topic.retention_ms else None
        return f"{place}: in Kafka alone, {f'for {days} days' if days else 'as long as it keeps it'}"
    raw = punch.raw
    if raw is None:
        return place
    if stored := raw["headers"].get("stored"):
        return f"{place}: a body of {raw['headers'].get('size', '?')} bytes in the object store, sealed, as {stored}"
    if raw["sealed"]:
        return f"{place}: {raw['size']} bytes, sealed with key {raw['sealed']}: not shown"
    line = raw["lines"].get(row["raw_line"], b"")
    if not line:
        return f"{place}: the record is there, but has no such line ({raw['size']} bytes)"
    text = line.decode("utf-8", "backslashreplace").rstrip("\r")
    cut = "..." if len(text) > _MAX_RAW_CHARACTERS else ""
    redacted = f" (taken out: {raw['redacted']})" if raw["redacted"] else ""
    return f"{place}: {_visible(text[:_MAX_RAW_CHARACTERS])}{cut}{redacted}"


def _visible(text: str) -> str:
    """Tabs and other controls as they are written: a terminal must not obey what a device sent."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def correction_text(one: Row) -> str:
    """What was asked for, by whom and why, and who decided."""
    if one["operation"] == "leave":
        what = f"leave of {hhmm(one['minutes'])} {one['leave_code']}".rstrip()
    elif one["operation"] == "void":
        what = f"void of punch {one['target']}"
    else:
        state = "" if one["state"] is None else f", state {one['state']}"
        what = f"{one['operation']} {one['local_text']} {one['zone']}{state}"
    why = ": ".join(text for text in (one["reason_code"], one["reason"]) if text)
    decided = f", by {one['decided_by']} {zone_text(one['decided_at'], 'UTC')}" if one["decided_by"] else ""
    return (
        f"correction {one['correction_id']} ({one['source']}, version {one['version']}): {what};"
        f" asked for by {one['requested_by'] or 'nobody named'} {zone_text(one['requested_at'], 'UTC')}"
        f"{f' ({why})' if why else ''}; {one['status']}{decided}"
    )
