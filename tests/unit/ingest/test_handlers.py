"""Each endpoint over a real socket: what is answered and what becomes a record (spec/zk-push.md 4)."""

from __future__ import annotations

import asyncio

import pytest

from runtime.communication_keys import digest
from runtime.raw_bodies import open_raw
from schemas.registry import DevicePeriod
from tests.unit.ingest.stand_ins import KEYS, KNOWN, NOW_MS, body_of, running_edge, status_of, until

ROW = b"982\t2026-03-01 09:00:00\t1\t0\t9001\t\t\n"


async def test_handshake_echoes_stamps_and_speaks_the_devices_time() -> None:
    async with running_edge(poll_delay_seconds=7, error_delay_seconds=9) as edge:
        first = body_of(await edge.get("/iclock/cdata?SN=known1&options=all&pushver=2.4.1&ComKey=123456"))
        assert first.startswith(b"GET OPTION FROM: KNOWN1\nErrorDelay=9\nDelay=7\n")
        assert b"\nTimeZone=-5\n" in first
        assert b"Stamp" not in first
        assert first.endswith(b"\n")
        await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=9999", ROW)
        second = body_of(await edge.get("/iclock/cdata?SN=KNOWN1&options=all"))
        assert b"\nATTLOGStamp=9999\nStamp=9999\n" in second
        handshake = edge.producer.of("HANDSHAKE")[0]
        assert (handshake.topic, handshake.raw.redacted) == ("raw.device", "secrets of the query")
        assert b"123456" not in handshake.value + handshake.raw.query.encode()


async def test_a_stamp_is_kept_only_once_its_upload_is_durable() -> None:
    async with running_edge() as edge:
        edge.producer.mode = "fail"
        assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=9999", ROW)) == 503
        edge.producer.mode = "ack"
        assert b"Stamp" not in body_of(await edge.get("/iclock/cdata?SN=KNOWN1&options=all"))


async def test_a_handshake_does_not_wait_for_kafka() -> None:
    async with running_edge() as edge:
        for mode in ("hold", "full"):
            edge.producer.mode = "hold" if mode == "hold" else "full"
            assert b"Delay=" in body_of(await edge.get("/iclock/cdata?SN=KNOWN1&options=all"))
            assert body_of(await edge.get("/iclock/getrequest?SN=KNOWN1")) == b"OK"


async def test_access_terminals_are_told_to_register() -> None:
    async with running_edge() as edge:
        assert body_of(await edge.get("/iclock/cdata?SN=ACC1&options=all&pushver=3.1.2&DeviceType=acc")) == b"OK"


async def test_time_in_the_devices_zone() -> None:
    async with running_edge() as edge:
        answer = await edge.get("/iclock/cdata?SN=KNOWN1&ComKey=88888888&type=time")
        assert body_of(answer) == b"Time=2026-03-01T04:00:00-05:00\n"


@pytest.mark.parametrize(
    ("target", "body", "topic", "table", "answer"),
    [
        ("cdata?SN=KNOWN1&table= ATTLOG&Stamp=1", ROW * 2, "raw.attendance", "ATTLOG", b"OK: 2\n"),
        ("cdata?SN=KNOWN1&Stamp=1", ROW, "raw.attendance", "ATTLOG", b"OK: 1\n"),
        ("cdata?SN=KNOWN1&table=ATTLOG", b"no row at all\n\xff\xfe\n", "raw.attendance", "ATTLOG", b"OK: 2\n"),
        ("cdata?SN=KNOWN1&table=OPERLOG", b"USER PIN=1\tPasswd=9\n", "raw.operations", "OPERLOG", b"OK: 1\n"),
        ("cdata?SN=KNOWN1&OpStamp=1", b"OPLOG 5\n", "raw.operations", "OPERLOG", b"OK: 1\n"),
        ("cdata?SN=KNOWN1&table=fvein", b"x\n", "raw.operations", "FVEIN", b"OK: 1\n"),
        ("cdata?SN=KNOWN1", b"x\n", "raw.operations", "UNKNOWN", b"OK: 1\n"),
        ("cdata?SN=KNOWN1&table=ATTPHOTO", b"PIN=1\nsize=3\n\0a\nb", "raw.photos", "ATTPHOTO", b"OK: 1\n"),
        ("fdata?SN=KNOWN1", b"PIN=1\nsize=3\n\0a\nb", "raw.photos", "ATTPHOTO", b"OK: 1\n"),
        ("cdata?SN=KNOWN1&table=options", b"~DeviceName=X,MAC=1", "raw.device", "OPTIONS", b"OK"),
        ("cdata?SN=KNOWN1&table=rtstate", b"time=1\tsensor=01\r\n", "raw.operations", "RTSTATE", b"OK"),
        ("cdata?SN=KNOWN1&table=tabledata&tablename=user&count=2", b"user uid=1\r\nuser uid=2\r\n",
         "raw.operations", "TABLEDATA", b"user=2"),
        ("devicecmd?SN=KNOWN1", b"ID=1&Return=0&CMD=INFO\n", "raw.results", "DEVICECMD", b"OK"),
        ("querydata?SN=KNOWN1&type=tabledata", b"user pin=1\tpassword=2\n", "raw.operations", "QUERYDATA", b"OK"),
        ("service/control?SN=KNOWN1", b"x", "raw.operations", "SERVICE/CONTROL", b"OK"),
        ("querydata?SN=KNOWN1&type=count&tablename=user&count=3", b"user=3", "raw.operations", "QUERYDATA", b"user=3"),
        ("cdata?SN=KNOWN1&table=ATTLOG&ContentType=tgz", b"\x1f\x8b\n\n", "raw.attendance", "ATTLOG", b"OK: 1\n"),
    ],
)  # fmt: skip
async def test_uploads(target: str, body: bytes, topic: str, table: str, answer: bytes) -> None:
    async with running_edge() as edge:
        reply = await edge.post(f"/iclock/{target}", body)
        assert (status_of(reply), body_of(reply)) == (200, answer)
        (sent,) = edge.producer.of(table)
        assert sent.topic == topic
        sealed = topic in ("raw.operations", "raw.results", "raw.photos")
        raw = sent.raw
        assert open_raw(KEYS, topic, raw, sent.value) == body, "byte for byte"
        assert (raw.source, raw.tenant, raw.received_at) == ("KNOWN1", "acme", NOW_MS)
        assert bool(raw.sealed) == sealed


async def test_the_plain_profile_gets_a_bare_ok() -> None:
    async with running_edge() as edge:
        edge.registry.put("ROSTER", DevicePeriod(ack_profile="plain"))
        assert body_of(await edge.post("/iclock/cdata?SN=ROSTER&table=ATTLOG", ROW)) == b"OK"


async def test_nothing_to_keep_is_acknowledged_without_a_record() -> None:
    async with running_edge() as edge:
        assert body_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=0", b"")) == b"OK: 0\n"
        assert body_of(await edge.get("/iclock/cdata?SN=KNOWN1&table=ATTLOG&Stamp=0")) == b"OK: 0\n"
        assert {sent.raw.table for sent in edge.producer.sent} == {"PRESENCE"}


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("cdata?SN=KNOWN1&table=SELFSERVICEDATA&PIN=1999&ServiceNum=9", b"OK"),
        ("cdata?SN=KNOWN1&table=RemoteAtt&PIN=1999", b"NONE\n"),
        ("cdata?SN=KNOWN1&AuthType=1&Pin=1&Password=2", b"AUTH=Failed\n"),
        ("cdata?SN=KNOWN1&type=PostVerifyData", b"OK"),
        ("cdata?SN=KNOWN1&type=LastPunch&PIN=982", b"status=1\n"),
        ("ping?SN=KNOWN1", b"OK"),
        ("rtdata?SN=KNOWN1&type=time", b"DateTime=841050000,ServerTZ=-0500"),
    ],
)
async def test_questions_are_answered_without_a_record_of_their_own(target: str, answer: bytes) -> None:
    async with running_edge() as edge:
        assert body_of(await edge.get(f"/iclock/{target}")) == answer
        assert {sent.raw.table for sent in edge.producer.sent} == {"PRESENCE"}


async def test_presence_once_a_minute_and_when_info_changes() -> None:
    async with running_edge(presence_seconds=60) as edge:
        for _ in range(5):
            assert body_of(await edge.get("/iclock/getrequest?SN=KNOWN1")) == b"OK"
        assert len(edge.producer.sent) == 1
        await edge.get("/iclock/getrequest?SN=KNOWN1&INFO=Ver%206.8,%202,%200")
        await edge.get("/iclock/getrequest?SN=KNOWN1&INFO=Ver%206.8,%202,%200")
        edge.now_ms += 60_000
        await edge.get("/iclock/getrequest?SN=KNOWN1")
        assert [sent.value for sent in edge.producer.of("PRESENCE")] == [b"", b"Ver 6.8, 2, 0", b""]


@pytest.mark.parametrize("policy", ["pending", "refuse"])
async def test_unknown_devices_keep_their_records(policy: str) -> None:
    async with running_edge(unknown_devices=policy, default_tenant="house") as edge:
        handshake = await edge.get("/iclock/cdata?SN=STRANGER&options=all")
        assert (status_of(handshake), body_of(handshake)) == (403, b"UNKNOWN DEVICE\n")
        assert status_of(await edge.get("/iclock/getrequest?SN=STRANGER")) == 403
        upload = await edge.post("/iclock/cdata?SN=STRANGER&table=ATTLOG", ROW)
        assert status_of(upload) == 503
        assert b"\r\nRetry-After: " in upload
        assert [(sent.raw.table, sent.raw.tenant) for sent in edge.producer.sent] == [("STRANGER", "house")]
        edge.registry.put("STRANGER", KNOWN)
        assert body_of(await edge.post("/iclock/cdata?SN=STRANGER&table=ATTLOG", ROW)) == b"OK: 1\n"


async def test_a_device_past_its_validity_is_unknown() -> None:
    async with running_edge(unknown_devices="pending") as edge:
        edge.registry.put("OLD", DevicePeriod(valid_to=NOW_MS + 1))
        assert status_of(await edge.get("/iclock/getrequest?SN=OLD")) == 200
        edge.now_ms += 1
        assert status_of(await edge.get("/iclock/getrequest?SN=OLD")) == 403


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /iclock/cdata?options=all", 400),
        ("GET /iclock/cdata?SN=&options=all", 400),
        ("GET /iclock/cdata?SN=../etc/passwd&options=all", 400),
        ("GET /iclock/cdata?SN=a/b&options=all", 400),
        (f"GET /iclock/cdata?SN={'9' * 33}&options=all", 400),
        ("GET /", 404),
        ("GET /metrics", 404),
        ("DELETE /iclock/cdata?SN=KNOWN1", 405),
    ],
)
async def test_what_cannot_be_served_is_said_plainly(request_line: str, status: int) -> None:
    async with running_edge() as edge:
        answer = await edge.exchange(f"{request_line} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode())
        assert status_of(answer) == status
        assert body_of(answer).endswith(b"\n")
        assert not edge.producer.sent


@pytest.mark.parametrize("body", [b"ID=1&SN=only1&Return=0", b"PIN=1\nSN=only1\nsize=8\n\0x"])
async def test_the_serial_may_stand_in_the_body(body: bytes) -> None:
    async with running_edge() as edge:
        assert status_of(await edge.post("/iclock/devicecmd", body)) == 200
        (sent,) = edge.producer.of("DEVICECMD")
        assert sent.key == b"ONLY1"
        assert open_raw(KEYS, "raw.results", sent.raw, sent.value) == body


async def test_kafka_that_fails_or_is_full_means_send_again() -> None:
    async with running_edge() as edge:
        edge.producer.mode = "fail"
        assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW)) == 503
        edge.producer.mode = "full"
        assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW)) == 503
        edge.producer.mode = "ack"
        edge.producer.pending_bytes = edge.budget.limit
        assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW)) == 503


async def test_no_answer_before_kafkas() -> None:
    async with running_edge() as edge:
        edge.producer.mode = "hold"
        posting = asyncio.create_task(edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", ROW))
        await until(lambda: edge.producer.of("ATTLOG"), "the record is with the producer")
        done, _ = await asyncio.wait([posting], timeout=0.2)
        assert not done
        edge.producer.mode = "ack"
        edge.producer.released.set()
        assert body_of(await posting) == b"OK: 1\n"


async def test_a_bug_is_a_plain_500_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with running_edge() as edge:
        edge.registry.put("BADZONE", DevicePeriod(zone="Nowhere/Land"))
        for _ in range(3):
            answer = await edge.get("/iclock/cdata?SN=BADZONE&options=all")
            assert status_of(answer) == 500
            assert b"Traceback" not in answer
            assert b"Nowhere" not in answer
        assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_refusals_name_the_device_but_not_for_every_request(caplog: pytest.LogCaptureFixture) -> None:
    async with running_edge(max_body_bytes=1024) as edge:
        for _ in range(20):
            assert status_of(await edge.post("/iclock/cdata?SN=KNOWN1&table=ATTLOG", b"x" * 2000)) == 413
        lines = [record.getMessage() for record in caplog.records if record.name == "ingest.handlers"]
        assert len(lines) == 1
        assert "KNOWN1" in lines[0]


async def test_what_somebody_types_at_a_lookup_is_not_in_the_record_of_presence() -> None:
    async with running_edge(presence_seconds=60) as edge:
        await edge.get("/iclock/cdata?SN=KNOWN1&AuthType=1&Password=4711")
        (presence,) = edge.producer.of("PRESENCE")
        assert b"4711" not in presence.value
        assert not any(b"4711" in value for _, value in presence.headers)


async def test_a_file_that_no_command_names_is_not_there() -> None:
    async with running_edge() as edge:
        answer = await edge.get("/iclock/file?SN=KNOWN1&url=fw")
        assert (status_of(answer), body_of(answer)) == (404, b"nothing here\n")


async def test_a_wrong_communication_key_is_refused_and_told_to_operators_once_a_minute() -> None:
    sealer = KEYS.sealer("acme")
    digests = (digest(sealer, "0" * 8), digest(sealer, "12345678"))
    async with running_edge(presence_seconds=60) as edge:
        edge.registry.put("LOCKED", DevicePeriod(tenant="acme", key_digests=digests))
        for query in ("", "&ComKey=", "&ComKey=12345679", "&comkey=1234567"):
            for target in (f"cdata?SN=LOCKED&options=all{query}", f"getrequest?SN=LOCKED{query}"):
                assert status_of(await edge.get(f"/iclock/{target}")) == 403
            assert status_of(await edge.post(f"/iclock/cdata?SN=LOCKED&table=ATTLOG{query}", ROW)) == 403
        assert [(sent.raw.table, sent.value) for sent in edge.producer.sent] == [("REFUSED", b"key_wrong")]
        for key in ("ComKey=12345678", "PushCommKey=00000000", "pushcommkey=12345678", "key=12345678"):
            assert status_of(await edge.get(f"/iclock/getrequest?SN=LOCKED&{key}")) == 200
        assert not any(b"12345678" in value for sent in edge.producer.sent for _, value in sent.headers)
