"""Commands to one attendance terminal, without a network: result codes, effects, shapes."""

import base64
import random
from pathlib import Path

import pytest

from simulate.fleet.answers import answer_bodies, answer_bytes
from simulate.fleet.commands import Command
from simulate.fleet.contents import Contents
from simulate.fleet.dialect import Dialect
from simulate.fleet.firmware import Done
from simulate.fleet.identity import identity
from simulate.fleet.life import Faults
from simulate.fleet.punches import PunchMaker
from simulate.fleet.requests import Requests
from simulate.fleet.settings import FleetSettings

NOON = 1_793_016_000
TEMPLATE = base64.b64encode(b"template").decode()
PEOPLE = ["17", "000000018", "wct19"]


class Box:
    """A terminal's contents, and its commands by text."""

    def __init__(self, failures: float = 0, **dialect: object) -> None:
        shape: dict[str, object] = {"columns": 5, "end": "\n", "last_end": True, "stamp": "time", **dialect}
        self.dialect = Dialect("standard", **shape)  # type: ignore[arg-type] # short for tests
        settings = FleetSettings("http://edge:8080", Path("x"), faults=Faults(enrolments=failures))
        self.maker = PunchMaker(random.Random(1), PEOPLE, self.dialect.tails())
        requests = Requests("SIM00000001", self.dialect, "edge:8080")
        self.contents = Contents(identity(1), settings, self.dialect, self.maker, requests, lambda: NOON, 0)

    def do(self, text: str) -> Done:
        return self.contents.firmware.execute(Command("a7", text), NOON)

    def code(self, text: str) -> int:
        return self.do(text).answers[-1].code

    def users(self) -> set[str]:
        return {row["pin"] for row in self.contents.store.rows("USERINFO").values()}


@pytest.mark.parametrize(
    ("text", "code", "cmd"),
    [
        ("CHECK", 0, "CHECK"),
        ("RELOAD OPTIONS", 0, "RELOAD OPTIONS"),
        ("REBOOT", 0, "REBOOT"),
        ("AC_UNLOCK", 0, "AK_UNLOCK"),
        ("AC_UNALARM", 0, "AC_UNALARM"),
        ("CLEAR LOG", 0, "CLEAR_LOG"),
        ("CLEAR DATA", 0, "CLEAR_DATA"),
        ("CLEAR PHOTO", 0, "CLEAR_PHOTO"),
        ("CLEAR ALL USERINFO", 0, "CLEAR_ALL_USERINFO"),
        ("CLEAR ALL BELL", 0, "CLEAR_ALL_BELL"),
        ("RESET ALL FUNCKEYS", 0, "RESET_ALL_FUNCKEYS"),
        ("RESET ALL TIMEZONE", 0, "RESET_ALL_TIMEZONE"),
        ("CLEAR EVERYTHING", -1, "CLEAR_EVERYTHING"),
        ("SET OPTION VOLUME=70", 0, "SET OPTION"),
        ("SET OPTION VOLUME", -1, "SET OPTION"),
        ("DETETE USERINFO", -22, "UNKNOWN CMD"),
        ("DANCE", -22, "UNKNOWN CMD"),
        ("DATA DANCE USERINFO", -22, "UNKNOWN CMD"),
        ("DATA UPDATE NOTHING ID=1", -1004, "DATA"),
        ("DATA UPDATE USERINFO PIN=5\tName=Ann\tPri=0", 0, "DATA"),
        ("UPDATE USERINFO PIN=5", 0, "DATA"),
        ("DATA USER PIN=5\tName=Ann", 0, "DATA"),
        ("DATA UPDATE USERINFO Name=Ann", -1, "DATA"),
        ("DATA UPDATE USERINFO PIN=5\tPri=boss", -1, "DATA"),
        ("DATA UPDATE USERINFO PIN=5\tName=" + "x" * 25, -1006, "DATA"),
        ("DATA UPDATE USEREXTINFO PIN=17\tRecheckMin=60\tLockoutOverride=1", 0, "DATA"),
        ("DATA UPDATE USEREXTINFO PIN=17\tUser1to1FpThreshold=20", -1004, "DATA"),
        (f"DATA UPDATE FINGERTMP PIN=17\tFID=1\tSize={len(TEMPLATE)}\tValid=1\tTMP={TEMPLATE}", 0, "DATA"),
        (f"FP PIN=17\tFID=1\tValid=1\tTMP={TEMPLATE}", 0, "DATA"),
        (f"DATA UPDATE FINGERTMP PIN=17\tFID=1\tSize=9\tTMP={TEMPLATE}", -9, "DATA"),
        (f"DATA UPDATE FINGERTMP PIN=404\tFID=1\tTMP={TEMPLATE}", -10, "DATA"),
        (f"DATA UPDATE FINGERTMP PIN=17\tFID=11\tTMP={TEMPLATE}", -1, "DATA"),
        ("DATA UPDATE FINGERTMP PIN=17\tFID=1\tTMP=not base64!", -11, "DATA"),
        (f"DATA UPDATE FACE PIN=wct19\tFID=0\tSize={len(TEMPLATE)}\tValid=1\tTMP={TEMPLATE}", 0, "DATA"),
        (f"DATA UPDATE BIODATA Pin=17\tNo=0\tIndex=0\tType=9\tTmp={TEMPLATE}", 0, "DATA"),
        (f"DATA UPDATE USERPIC PIN=17\tSize=7\tContent={TEMPLATE}", -2, "DATA"),
        (f"DATA UPDATE USERPIC PIN=17\tContent={'A' * 20_484}", -2, "DATA"),
        ("DATA UPDATE USERPIC PIN=17", -3, "DATA"),
        (f"DATA UPDATE BIOPHOTO PIN=17\tType=9\tSize={len(TEMPLATE)}\tContent={TEMPLATE}", 0, "DATA"),
        ("UPDATE SMS MSG=Hello\tTAG=254\tUID=7\tMIN=10\tStartTime=2026-11-21 09:00:00", 0, "DATA"),
        ("UPDATE SMS MSG=Hello\tTAG=9\tUID=7", -1, "DATA"),
        ("UPDATE USER_SMS PIN=17\tUID=1", 0, "DATA"),
        ("UPDATE USER_SMS PIN=17\tUID=77", -4, "DATA"),
        ("DATA DELETE SMS UID=1", 0, "DATA"),
        ("DATA DELETE SMS", 0, "DATA"),
        ("DATA UPDATE WORKCODE CODE=5\tName=Paint", 0, "DATA"),
        ("DATA DELETE WORKCODE CODE=77", -4, "DATA"),
        ("DATA UPDATE JOBCODEGROUP ID=1\tName=Line\tEnable=1", 0, "DATA"),
        ("DATA UPDATE JOBCODEGROUP ID=7\tName=Line\tEnable=1", -1, "DATA"),
        ("DATA UPDATE JOBCODE Number=4\tName=Weld\tJobCodeGroupId=1", -4, "DATA"),
        ("DATA UPDATE TIPCODE ID=3\tName=Cash\tEnable=1", 0, "DATA"),
        (f"DATA UPDATE TIMEZONE TZID=1\tTIME={'08001700' * 7}", 0, "DATA"),
        (f"DATA UPDATE TIMEZONE TZID=1\tTIME={'08001700' * 6}", -1, "DATA"),
        (f"DATA UPDATE TIMEZONE TZID=1 TIME={'08001700' * 7}", -1, "DATA"),
        ("DATA UPDATE AccGroup ID=2\tVerify=0\tValidholiday=0\tTZ=000100020010", 0, "DATA"),
        ("DATA UPDATE AccGroup ID=2 Verify=0", -1, "DATA"),
        ("UPDATE BELL BellID=3\tTime=12:00\tMusicID=1\tVolume=50\tTimes=3\tstate=1\tSUN=0\tMON=1", 0, "DATA"),
        ("UPDATE BELL BellID=3\tVolume=100", -1, "DATA"),
        ("DELETE BELL BellID=1", 0, "DATA"),
        ("UPDATE SHORTKEY keyID=8\tkeyFun=6\tkeyLabel=Last", 0, "DATA"),
        ("UPDATE SHORTKEY keyID=9\tkeyFun=6", -1, "DATA"),
        ("UPDATE FUNCTIONKEY ShortKeyId=1\tShortKeyFun=1\tStateCode=15", 0, "DATA"),
        ("DATA UPDATE ATTSTATE AttStateKey=1\tAttStateValue=15", 0, "DATA"),
        ("UPDATE SELFSERVICEINFO ServiceNum=1\tServiceName=Card\tEnable=1", 0, "DATA"),
        ("DELETE USERINFO PIN=404", -10, "DATA"),
        ("DELETE USERINFO Name=Ann", -1, "DATA"),
        ("DELETE FINGERTMP PIN=404", -10, "DATA"),
        ("QUERY USERINFO PIN=404", -10, "DATA"),
        ("QUERY ATTLOG StartTime=yesterday", -1, "DATA"),
        ("QUERY NOTHING", -1004, "DATA"),
        ("ENROLL_FP PIN=404\tFID=1\tRETRY=3\tOVERWRITE=1", -10, "ENROLL_FP"),
        ("ENROLL_FP PIN=17\tFID=12", -1, "ENROLL_FP"),
        ("ENROLL_FP PIN=17\tFID=6\tRETRY=3\tOVERWRITE=1", 0, "ENROLL_FP"),
        ("GetFile no/such/file", -3, "GetFile"),
        ("VERIFY SUM USERS", -1, "VERIFY SUM"),
    ],
)
def test_result_codes(text: str, code: int, cmd: str) -> None:
    answer = Box().do(text).answers[-1]
    assert (answer.id, answer.code, answer.cmd) == ("a7", code, cmd)


def test_users_come_and_go_with_all_that_is_theirs() -> None:
    box = Box()
    assert box.code("DATA UPDATE USERINFO PIN=0005\tName=Zoë") == 0
    assert box.code(f"DATA UPDATE FINGERTMP PIN=5\tFID=1\tTMP={TEMPLATE}") == 0
    assert box.users() == {"17", "000000018", "wct19", "0005"}
    assert box.maker.active == 4
    assert box.code("DATA DELETE USERINFO PIN=5") == 0
    assert box.code("QUERY FINGERTMP PIN=5") == -10
    assert ("5", "1") not in box.contents.store.rows("FINGERTMP")
    assert box.maker.active == 3
    assert box.code("DELETE USERINFO") == 0
    assert box.users() == set()
    assert box.maker.active == 0


def test_queries_send_rows_up_and_then_the_result() -> None:
    box = Box()
    box.code("DATA UPDATE USERINFO PIN=5\tName=Ann, Mary\tCard=[15CD5B07]")
    done = box.do("DATA QUERY USERINFO PIN=5")
    assert [upload.table for upload in done.uploads] == ["OPERLOG"]
    assert done.uploads[0].body == (
        b"USER PIN=5\tName=Ann, Mary\tPri=\tPasswd=\tCard=[15CD5B07]\tGrp=\tTZ=\tVerify=\tViceCard=\t"
        b"StartDatetime=\tEndDatetime=\n"
    )
    assert len(box.do("QUERY USERINFO").uploads[0].body.splitlines()) == 4
    own = Box(tables="own").do("QUERY USERINFO").uploads
    assert own[0].table == "USERINFO"
    assert own[0].body.startswith(b"PIN=17\tName=")


def test_templates_go_up_three_to_a_body_with_their_length() -> None:
    box = Box()
    for finger in range(7):
        box.code(f"DATA UPDATE FINGERTMP PIN=wct19\tFID={finger}\tTMP={TEMPLATE}")
    uploads = box.do("DATA QUERY FINGERTMP PIN=wct19").uploads
    assert [upload.rows for upload in uploads] == [3, 3, 1]
    assert uploads[0].body.splitlines()[0] == f"FP PIN=wct19\tFID=0\tSize=12\tValid=1\tTMP={TEMPLATE}".encode()


def test_the_seed_decides_what_a_terminal_holds() -> None:
    for name in ("USERINFO", "FINGERTMP", "BIODATA", "USERPIC", "SHORTKEY", "BELL"):
        one, other = (Box().do(f"DATA QUERY {name}").uploads for _ in range(2))
        assert one == other


def test_the_attendance_log_by_time_sum_and_file() -> None:
    box = Box()
    punches = [box.maker.make(NOON + number * 60) for number in range(10)]
    span = f"StartTime={punches[2].second}\tEndTime={punches[4].second.replace('T', ' ')}"
    done = box.do(f"DATA QUERY ATTLOG {span}")
    assert done.uploads[0].table == "ATTLOG"
    assert done.uploads[0].body.decode().splitlines() == [punch.row for punch in punches[2:5]]
    summed = box.do(f"VERIFY SUM ATTLOG {span}").answers[0]
    assert answer_bytes(summed, "S") == (
        f"ID=a7&Return=0&CMD=VERIFY SUM ATTLOG&StartTime={punches[2].second}"
        f"&EndTime={punches[4].second.replace('T', ' ')}&AttlogCount=3\n".encode()
    )
    content, result = box.do("GetFile attlog.dat").answers
    rows = content.content.decode().splitlines()
    assert [row.split("\t")[:2] for row in rows] == [
        [f"{punch.pin:>9}", punch.second.replace("T", " ")] for punch in punches
    ]
    assert (content.code, content.shape, result.code) == (len(content.content), "file", 0)
    box.code("CLEAR LOG")
    assert box.do("QUERY ATTLOG").uploads == []


def test_multi_line_answers() -> None:
    box = Box()
    box.code("SET OPTION VOLUME=70")
    info = answer_bytes(box.do("INFO").answers[0], "S").decode()
    assert info.startswith("ID=a7&Return=0&CMD=INFO\n~SerialNumber=SIM00000001\n")
    assert {"VOLUME=70", "UserCount=3", "TransactionCount=0", "~OEMVendor=ZKTeco Co., Ltd."} <= set(info.splitlines())
    shell = answer_bytes(box.do("SHELL date").answers[0], "S")
    assert shell == b"ID=a7\nSN=S\nReturn=0\nCMD=Shell\nFILENAME=shellout.txt\nContent=2026-10-26 12:00:00\n"
    users = answer_bytes(box.do("GetFile data/ssruser.dat").answers[0], "S")
    assert users.startswith(b"ID=a7\nSN=S\nFILENAME=ssruser.dat\nCMD=GetFile\nReturn=216\nContent=\x01\x00")
    assert len(users.partition(b"Content=")[2]) == 216


def test_enrolment_by_command_tells_the_log_before_the_finger() -> None:
    done = Box().do("ENROLL_FP PIN=17\tFID=6\tRETRY=3\tOVERWRITE=1")
    (upload,) = done.uploads
    log, finger = upload.body.decode().splitlines()
    length = finger.partition("TMP=")[2]
    assert log == f"OPLOG 6\t0\t2026-10-26 12:00:00\t17\t6\t{len(length)}\t0"
    assert finger.startswith(f"FP PIN=17\tFID=6\tSize={len(length)}\tValid=1\tTMP=")
    assert upload.events == (("operation", "2026-10-26T12:00:00/6"), ("fingerprint", "17/6"))


def test_enrolment_can_fail() -> None:
    box = Box(failures=1)
    assert {box.code(f"ENROLL_FP PIN=17\tFID={finger}\tOVERWRITE=1") for finger in range(10)} <= {4, 5, 6, 7}
    assert box.do("ENROLL_FP PIN=17\tFID=6\tOVERWRITE=1").uploads == []
    box.code(f"DATA UPDATE FINGERTMP PIN=17\tFID=6\tTMP={TEMPLATE}")
    assert box.code("ENROLL_FP PIN=17\tFID=6\tRETRY=1\tOVERWRITE=2") == 2


def test_time_zones_are_reset_not_deleted() -> None:
    box = Box()
    box.code(f"DATA UPDATE TIMEZONE TZID=2\tTIME={'08001700' * 7}")
    box.code("DATA DELETE TIMEZONE TZID=2")
    assert len(box.contents.store.rows("TIMEZONE")) == 50
    assert box.contents.store.rows("TIMEZONE")[("2",)]["time"] == "00002359" * 7


def test_lines_share_a_body_and_long_answers_go_alone() -> None:
    box = Box()
    answers = [*box.do("CHECK").answers, *box.do("CHECK").answers, *box.do("INFO").answers, *box.do("CHECK").answers]
    bodies = answer_bodies(answers, "S")
    assert [body.count(b"ID=a7") for body in bodies] == [2, 1, 1]
    assert answer_bodies(answers[:1], "S", frozenset({"a7"})) == [b"ID=a7&Return=0&CMD=CHECK\n" * 2]


def test_names_are_measured_in_the_terminals_charset() -> None:
    name = "王" * 9  # 27 bytes in UTF-8, 18 in GB18030
    assert Box().code(f"DATA UPDATE USERINFO PIN=5\tName={name}") == -1006
    chinese = Box(charset="gb18030")
    assert chinese.code(f"DATA UPDATE USERINFO PIN=5\tName={name}") == 0
    assert name.encode("gb18030") in chinese.do("QUERY USERINFO PIN=5").uploads[0].body
