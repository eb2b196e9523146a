"""What holds for any way in which the same things are sent, from the socket to the final rows.

That any re-batching of OPERLOG gives the same rows, and that unknown keys change only `extra`, is in
tests/unit/processors/normalize/test_properties.py; that parsing what was written gives it back, in
tests/unit/wire/test_operlog.py and test_attlog.py.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalize.convert import convert_attendance
from processors.normalize.records import DevicePeriods, RawUpload
from tests.contract.zk_examples import EXAMPLES
from tests.contract.zk_examples.example import Step, get, post, raw_of
from tests.unit.ingest.stand_ins import DEADLINE_SECONDS, KNOWN, TestEdge, body_of, running_edge

NEW_YORK: Final = DevicePeriods((KNOWN,), 7)
STEPS: Final = [step for example in EXAMPLES for step in example.steps]
WHERE_FROM: Final = ("raw_partition", "raw_offset", "raw_line", "request_id", "received_at", "rank")
_DATE = re.compile(rb"\r\nDate: [^\r]*\r\n")

Record = tuple[str, str, bytes, str]


async def outcome(step: Step, cuts: Sequence[int]) -> tuple[bytes, list[Record]]:
    """The whole answer without its date, and every record with its opened body and query."""
    async with running_edge() as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.server.port)
        borders = sorted({0, len(step.request), *(cut % len(step.request) for cut in cuts)})
        for start, end in pairwise(borders):
            writer.write(step.request[start:end])
            for _ in range(3):  # to the edge, which runs in the same loop, before the next segment is sent
                await asyncio.sleep(0)
        answer = await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
        writer.close()
        await writer.wait_closed()
        raws = [(sent.topic, raw_of(sent)) for sent in edge.producer.sent]
        return _DATE.sub(b"\r\n", answer), [(topic, raw.table, raw.body, str(raw.params)) for topic, raw in raws]


@given(
    st.sampled_from(STEPS),
    st.lists(st.integers(0, 10_000), max_size=4),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_any_cut_into_tcp_segments_gives_the_same_record_and_answer(
    step: Step, anywhere: list[int], at_the_heads_end: list[int]
) -> None:
    end = step.request.index(b"\r\n\r\n") + 2
    cuts = [*anywhere, *(end + near for near in at_the_heads_end)]
    assert asyncio.run(outcome(step, cuts)) == asyncio.run(outcome(step, ()))


# Not in the hours of New York that come twice: what those mean is told by the order within a body (spec/timecards.md).
TIMES = st.builds("2026-{:02d}-{:02d} {:02d}:{:02d}:00".format, st.integers(1, 6), st.integers(1, 28),
                  st.integers(3, 23), st.integers(0, 59))  # fmt: skip
PUNCHES = st.builds(
    "{}\t{}\t{}\t15\t{}".format,
    st.sampled_from(["1", "001", "wctpl070"]),
    TIMES,
    st.integers(0, 5),
    st.sampled_from("07"),
)


async def final_rows(batches: Sequence[Sequence[str]]) -> dict[str, dict[str, object]]:
    """By event id the copy of greatest rank, from what the edge kept of each POST."""
    rows: dict[str, dict[str, object]] = {}
    async with running_edge() as edge:
        edge.registry.put("TST1", KNOWN)
        for batch in batches:
            await upload(edge, "\n".join(batch).encode())
            edge.now_ms += 1_000
        for offset, sent in enumerate(edge.producer.of("ATTLOG")):
            for piece in convert_attendance(RawUpload(sent.raw, raw_of(sent).body, 0, offset), NEW_YORK, "UTC", fail):
                for record in piece.punches:
                    row = orjson.loads(record.value)
                    present = rows.get(row["event_id"])
                    if present is None or row["rank"] >= present["rank"]:
                        rows[row["event_id"]] = row
    return {key: {name: row[name] for name in row if name not in WHERE_FROM} for key, row in rows.items()}


async def upload(edge: TestEdge, body: bytes) -> None:
    answer = await edge.exchange(post("/iclock/cdata?SN=TST1&table=ATTLOG&Stamp=1", body))
    assert body_of(answer) == b"OK: %d\n" % (body.count(b"\n") + 1)


def fail(error: BaseException) -> None:
    raise error


@given(st.lists(PUNCHES, min_size=1, max_size=8, unique_by=lambda row: row.split("\t")[1]), st.data())
@settings(max_examples=25, deadline=None)
def test_any_batches_with_any_of_them_again_give_the_same_final_punches(rows: list[str], data: st.DataObject) -> None:
    borders = sorted({0, len(rows), *data.draw(st.lists(st.integers(0, len(rows)), max_size=3))})
    batches = [rows[start:end] for start, end in pairwise(borders)]
    again = data.draw(st.lists(st.sampled_from(batches), max_size=2))
    sent = data.draw(st.permutations([*batches, *again]))
    assert asyncio.run(final_rows(sent)) == asyncio.run(final_rows([rows]))


async def handshake(query: Sequence[str]) -> bytes:
    async with running_edge() as edge:
        edge.registry.put("TST1", KNOWN)
        return body_of(await edge.exchange(get("/iclock/cdata?" + "&".join(query))))


@given(
    st.permutations(["SN=TST1", "options=all", "pushver=2.4.1", "language=69", "DeviceType=att", "PushOptionsFlag=1"]),
    st.lists(st.from_regex(r"x[a-z]{1,5}=[A-Za-z0-9%+]{0,6}", fullmatch=True), max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_order_and_unknown_parameters_of_a_handshake_change_nothing(query: list[str], unknown: list[str]) -> None:
    plain = asyncio.run(handshake(["SN=TST1", "options=all"]))
    assert plain.startswith(b"GET OPTION FROM: TST1\n")
    assert asyncio.run(handshake([*unknown, *query])) == plain
