"""One device after one input, and all devices after a step of the stream's clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from processors.devices import memory, polled, reported, silence, skew, status
from processors.devices.facts import DeviceFacts, FactsOf, Standing
from processors.devices.tracked import Told, TrackedDevice
from schemas.devices import DeviceInput, InputKind

REFRESH_MS = 60_000
NEARLY_FULL = "memory_nearly_full"
_NEARLY_FULL_PERCENT = 90.0


def advance(
    state: TrackedDevice | None, event: DeviceInput, *, offset: int, clock: int, facts: DeviceFacts
) -> TrackedDevice:
    """The device after an input of its own (no TICK). clock: the stream's, this input included, epoch ms.

    A `told` that is another than before, and not `behind`, means that readers are to be told.
    """
    now_hour = silence.local_hour(clock, facts.zone, facts.clock)
    if state is None:
        contact = status.contacted(None, event)
        before = TrackedDevice(device=event.device, tenant=event.tenant, site="", offset=offset, contact=contact)
    else:
        before = state
    # A clock that speaks itself knows better than a server that it also tells.
    heeded = event.kind is not InputKind.TERMINAL or not before.contact.speaks_itself
    said = reported.with_input(before.reported, event) if heeded else before.reported
    clock_skew = skew.with_input(before.skew, event, facts)
    if clock_skew.switched_at != before.skew.switched_at:
        said = reported.with_alert(said, skew.SWITCHED, event.at)
    counted = heeded and (event.info or "TransactionCount" in event.options)
    kept = memory.with_count(before.memory, said.transactions, event.at) if counted else before.memory
    after = replace(
        before,
        tenant=event.tenant or before.tenant,
        site=facts.site if facts.standing is Standing.NAMED else event.site or before.site,
        offset=offset,
        contact=status.contacted(before.contact, event),
        reported=said,
        polled=polled.with_input(before.polled, event),
        skew=clock_skew,
        memory=memory.with_capacity(kept, said.options, facts),
        silence=silence.with_upload(before.silence, event, now_hour),
    )
    after = _judged(_warned(before, after, event.at), now_hour, clock, facts)
    return _told(state, after, clock)


def tick(states: Iterable[TrackedDevice], clock: int, facts_of: FactsOf) -> list[TrackedDevice]:
    """Those whose state is another now that the stream's clock stands at `clock`."""
    changed = []
    for state in states:
        facts = facts_of(state.device, clock)
        now_hour = silence.local_hour(clock, facts.zone, facts.clock)
        after = _told(state, _judged(state, now_hour, clock, facts), clock)
        if after is not state:
            changed.append(after)
    return changed


def _judged(state: TrackedDevice, now_hour: int, clock: int, facts: DeviceFacts) -> TrackedDevice:
    """Status and silence at `clock`; the same object where nothing changes."""
    was_in_touch = state.contact.in_touch
    quiet = silence.watched(state.silence, now_hour, clock) if was_in_touch and facts.realtime else state.silence
    word = polled.word_of(state.polled, clock, facts)
    contact = status.judged(state.contact, word, quiet.since if facts.realtime else None, clock, facts)
    is_in_touch = contact.in_touch
    if is_in_touch and not was_in_touch:
        quiet = silence.came_online(quiet, now_hour)
    elif was_in_touch and not is_in_touch:
        quiet = silence.went_offline(quiet)
    if quiet is state.silence and contact is state.contact:
        return state
    return replace(state, silence=quiet, contact=contact)


def _warned(before: TrackedDevice, after: TrackedDevice, at: int) -> TrackedDevice:
    """A device that is kept waiting warns before it overwrites what nobody has taken (errata Z13); a station whose
    clock is off warns when it is found."""
    full_before, full = before.memory.fill_percent or 0.0, after.memory.fill_percent or 0.0
    if after.contact.stranger and full_before < _NEARLY_FULL_PERCENT <= full:
        return replace(after, reported=reported.with_alert(after.reported, NEARLY_FULL, at))
    off_before, off = abs(before.skew.seconds or 0), abs(after.skew.seconds or 0)
    if after.polled.source.status is not None and off_before <= skew.OFF_S < off:
        return replace(after, reported=reported.with_alert(after.reported, skew.OFF, at))
    return after


def _told(before: TrackedDevice | None, after: TrackedDevice, clock: int) -> TrackedDevice:
    """What matters is told at once, what moves all the time once a minute."""
    told = after.told
    if before is None or told is None or (after is not before and _matters(before) != _matters(after)):
        return replace(after, told=Told(at=clock))
    if not told.behind and (after is before or _moves(before) == _moves(after)):
        return after
    if clock - told.at >= REFRESH_MS:
        return replace(after, told=Told(at=clock))
    return after if told.behind else replace(after, told=replace(told, behind=True))


def _matters(state: TrackedDevice) -> tuple[object, ...]:
    contact, said, heard = state.contact, state.reported, state.polled
    return (
        state.tenant, state.site, contact.status, contact.since, contact.via, state.skew.form, state.skew.switched_at,
        state.memory.capacity, said.dialect, said.push_version, said.firmware, said.ip, said.language, said.users,
        said.fingerprints, said.faces, said.last_handshake, said.last_error, said.last_alert, said.last_alert_at,
        said.options, heard.by, heard.utc_offset_s, heard.tz_conflict, heard.source.status, heard.source.since,
    )  # fmt: skip


def _moves(state: TrackedDevice) -> tuple[object, ...]:
    contact, said, heard = state.contact, state.reported, state.polled
    return (
        contact.first_seen, contact.last_seen, said.edge, said.last_upload, said.last_punch_at, said.last_error_at,
        state.memory.transactions, state.skew.seconds, state.skew.seen_at, said.stamps, said.uptime_s,
        heard.last_activity, heard.watermark, heard.sample, heard.sampled_at, heard.source.progress,
    )  # fmt: skip
