"""One table of commands with their exact bytes; `test_catalogue` fails when an entry of the catalogue has none here."""

from typing import Final, NamedTuple

Arguments = dict[str, str | int]


class Example(NamedTuple):
    """A name, its arguments and the line."""

    name: str
    arguments: Arguments
    line: bytes


PICTURE: Final = "/9j/4A=="
TEMPLATE: Final = "AQIDBA=="
WEEK: Final = "11:23-12:33;00:00-15:33;00:00-12:33;00:00-12:33;00:00-12:33;01:00-12:33;00:00-12:33"
WEEK_DIGITS: Final = b"11231233" + b"00001533" + b"00001233" * 3 + b"01001233" + b"00001233"
DAY_TIMES: Final = "08:30;09:00;08:00;12:00;11:12;00:00;00:00;"
ALL_DAYS: Final[Arguments] = {"sun": 0, "mon": 1, "tue": 1, "wed": 1, "thu": 1, "fri": 1, "sat": 0}
DAYS_LINE: Final = b"SUN=0\tMON=1\tTUE=1\tWED=1\tTHU=1\tFRI=1\tSAT=0"
RANGE: Final[Arguments] = {"start_time": "2026-03-01T00:00:00", "end_time": "2026-03-01T23:59:59"}
BLANK_RANGE: Final = b"StartTime=2026-03-01 00:00:00\tEndTime=2026-03-01 23:59:59"
MD5: Final = "a5bf4dcd6020f408589224274aab132d"
ACCESS_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3")


def access_week(**periods: int) -> bytes:
    return "\t".join(
        f"{day}Time{number}={periods.get(f'{day}{number}', 0)}" for day in ACCESS_DAYS for number in (1, 2, 3)
    ).encode()


LEVERS: Final = (
    Example("edge.rehandshake", {}, b"UNKNOWN DEVICE"),
    Example("edge.resend", {"tables": "ATTLOG,OPERLOG"}, b"UNKNOWN DEVICE ATTLOG,OPERLOG"),
)
# The document's forms, chapter by chapter, corrected as errata Z10 says.
DOCUMENT: Final = (
    Example("device.shell", {"command": "ls /mnt"}, b"SHELL ls /mnt"),
    Example("device.check", {}, b"CHECK"),
    Example("log.clear", {}, b"CLEAR LOG"),
    Example("data.clear", {}, b"CLEAR DATA"),
    Example("photo.clear", {}, b"CLEAR PHOTO"),
    Example("user.clear", {}, b"CLEAR ALL USERINFO"),
    Example("bell.clear", {}, b"CLEAR ALL BELL"),
    Example("function_key.reset", {}, b"RESET ALL FUNCKEYS"),
    Example("timezone.reset", {}, b"RESET ALL TIMEZONE"),
    Example("device.info", {}, b"INFO"),
    Example("option.set", {"item": "IPAddress", "value": "192.168.1.225"}, b"SET OPTION IPAddress=192.168.1.225"),
    Example("option.set", {"item": "AutoPowerOff", "value": "07:30"}, b"SET OPTION AutoPowerOff=1822"),
    Example(
        "option.set",
        {"item": "VerifyValueMap", "value": "129:1,130:3,131:0,132:2,136:4,137:5,138:6,139:7,140:8,141:9"},
        b"SET OPTION VerifyValueMap=129:1,130:3,131:0,132:2,136:4,137:5,138:6,139:7,140:8,141:9",
    ),
    Example("option.set", {"item": "~UserExtFmt", "value": 1}, b"SET OPTION ~UserExtFmt=1"),
    Example("device.reboot", {}, b"REBOOT"),
    Example(
        "user.update",
        {
            "pin": 982,
            "name": "Richard",
            "privilege": 14,
            "password": "9822",
            "card": "13375590",
            "group": 0,
            "schedules": "1,2,15",
            "verify_mode": 129,
        },
        b"DATA UPDATE USERINFO PIN=982\tName=Richard\tPri=14\tPasswd=9822\tCard=13375590\tGrp=0\tTZ=000000010002000F\t"
        b"VerifyMode=129",
    ),
    Example("user.update", {"pin": "7", "schedules": "group"}, b"DATA UPDATE USERINFO PIN=7\tTZ=0001000000000000"),
    Example(
        "user.update",
        {"pin": "7", "card": "", "schedules": "000000010002000f"},
        b"DATA UPDATE USERINFO PIN=7\tCard=\tTZ=000000010002000F",
    ),
    Example(
        "user.update_extended",
        {"pin": "982", "recheck_seconds": 60, "lockout_override": 1, "finger_threshold": 35},
        b"DATA UPDATE USEREXTINFO PIN=982\tRecheckMin=60\tLockoutOverride=1\tUser1to1FpThreshold=35",
    ),
    Example(
        "fingerprint.update",
        {"pin": "982", "finger": 1, "template": TEMPLATE},
        b"DATA UPDATE FINGERTMP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==",
    ),
    Example(
        "fingerprint.update_old",
        {"pin": "982", "finger": 1, "template": TEMPLATE},
        b"DATA FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==",
    ),
    Example(
        "face.update",
        {"pin": "1002", "face": 1, "valid": 0, "template": TEMPLATE},
        b"DATA UPDATE FACE PIN=1002\tFID=1\tSize=8\tValid=0\tTMP=AQIDBA==",
    ),
    Example("user.delete", {"pin": "982"}, b"DATA DELETE USERINFO PIN=982"),
    Example("user.delete", {"all_records": True}, b"DATA DELETE USERINFO"),
    Example("fingerprint.delete", {"pin": "982", "finger": 1}, b"DATA DELETE FINGERTMP PIN=982\tFID=1"),
    Example("fingerprint.delete", {"pin": "982"}, b"DATA DELETE FINGERTMP PIN=982"),
    Example("fingerprint.delete", {"all_records": 1}, b"DATA DELETE FINGERTMP"),
    Example("face.delete", {"pin": "982"}, b"DATA DELETE FACE PIN=982"),
    Example("face.delete", {"all_records": True}, b"DATA DELETE FACE"),
    Example(
        "picture.update", {"pin": "982", "content": PICTURE}, b"DATA UPDATE USERPIC PIN=982\tSize=8\tContent=/9j/4A=="
    ),
    Example("picture.delete", {"pin": "982"}, b"DATA DELETE USERPIC PIN=982"),
    Example(
        "sms.update",
        {"message": "See HR = today", "tag": 254, "uid": 3, "minutes": 60, "start_time": "2026-03-01 09:00:00"},
        b"DATA UPDATE SMS MSG=See HR = today\tTAG=254\tUID=3\tMIN=60\tStartTime=2026-03-01 09:00:00",
    ),
    Example("sms.assign", {"pin": "982", "uid": 3}, b"DATA UPDATE USER_SMS PIN=982\tUID=3"),
    Example("sms.delete", {"all_records": True}, b"DATA DELETE SMS"),
    Example("sms.delete", {"uid": 3}, b"DATA DELETE SMS UID=3"),
    Example("workcode.update", {"code": 9001, "name": "Welding"}, b"DATA UPDATE WORKCODE CODE=9001\tName=Welding"),
    Example("workcode.delete", {"code": 9001}, b"DATA DELETE WORKCODE CODE=9001"),
    Example("workcode.delete", {"all_records": True}, b"DATA DELETE WORKCODE"),
    Example(
        "jobcode_group.update",
        {"group": 1, "name": "Line", "enabled": 1},
        b"DATA UPDATE JOBCODEGROUP ID=1\tName=Line\tEnable=1",
    ),
    Example(
        "jobcode.update",
        {"number": 12, "name": "Press", "group": 6},
        b"DATA UPDATE JOBCODE Number=12\tName=Press\tJobCodeGroupId=6",
    ),
    Example("jobcode_group.delete", {"group": 1}, b"DATA DELETE JOBCODEGROUP ID=1"),
    Example("jobcode.delete", {"number": 12, "group": 6}, b"DATA DELETE JOBCODE Number=12\tJobCodeGroupId=6"),
    Example("tipcode.update", {"tip": 3, "name": "Bar", "enabled": 0}, b"DATA UPDATE TIPCODE ID=3\tName=Bar\tEnable=0"),
    Example("timezone.update", {"schedule": 1, "times": WEEK}, b"DATA UPDATE TIMEZONE TZID=1\tTIME=" + WEEK_DIGITS),
    Example("timezone.delete", {"schedule": 1}, b"DATA DELETE TIMEZONE TZID=1"),
    Example("timezone.delete", {"all_records": True}, b"DATA DELETE TIMEZONE"),
    Example(
        "group_schedule.update",
        {"group": 2, "verify_mode": 129, "schedules": "1,2,16"},
        b"DATA UPDATE AccGroup ID=2\tVerify=129\tValidholiday=0\tTZ=000100020010",
    ),
    Example(
        "bell.update",
        {"bell": 1, "time": "08:00", "music": 9, "times": 3, "enabled": 1, **ALL_DAYS, "type": 2, "lifetime": 255},
        b"DATA UPDATE BELL BellID=1\tTime=08:00\tMusicID=9\tVolume=67\tTimes=3\tstate=1\t"
        + DAYS_LINE
        + b"\tBellType=2\tBellLifeTime=255",
    ),
    Example("bell.delete", {"bell": 1}, b"DATA DELETE BELL BellID=1"),
    Example("bell.delete", {"all_records": True}, b"DATA DELETE BELL"),
    Example(
        "function_key.update",
        {
            "key": 3,
            "function": 1,
            "state": 15,
            "label": "Lunch Out",
            "auto_change": 1,
            "change_times": DAY_TIMES,
            **ALL_DAYS,
        },
        b"DATA UPDATE FUNCTIONKEY ShortKeyId=3\tShortKeyFun=1\tStateCode=15\tStateName=Lunch Out\tStateAutoChange=1\t"
        b"Time=08:30;09:00;08:00;12:00;11:12;00:00;00:00;\t" + DAYS_LINE,
    ),
    Example("attendance_state.map", {"state": 1, "value": 15}, b"DATA UPDATE ATTSTATE AttStateKey=1\tAttStateValue=15"),
    Example(
        "shortcut_key.update",
        {
            "key": 3,
            "function": 1,
            "state": 3,
            "label": "Lunch Out",
            "value": 15,
            "auto_change": 0,
            "change_times": DAY_TIMES,
            **ALL_DAYS,
            "job_groups": "1:0:1:0:1:1",
            "tips": "1:0:1",
        },
        b"DATA UPDATE SHORTKEY keyID=3\tkeyFun=1\tstateCode=3\tkeyLabel=Lunch Out\tmapValue=15\tautoChange=0\t"
        b"Time=08:30;09:00;08:00;12:00;11:12;00:00;00:00;\t" + DAYS_LINE + b"\tJobGroup=1:0:1:0:1:1\tTipGroup=1:0:1",
    ),
    Example("door.unlock", {}, b"AC_UNLOCK"),
    Example("alarm.cancel", {}, b"AC_UNALARM"),
    Example("file.get", {"path": "attlog.dat"}, b"GetFile attlog.dat"),
    Example("file.get", {"path": "data/ssruser.dat"}, b"GetFile data/ssruser.dat"),
    Example(
        "file.put",
        {"url": "http://server/iclock/file/fw/X938/main.tgz"},
        b"PutFile http://server/iclock/file/fw/X938/main.tgz",
    ),
    Example(
        "file.put",
        {"url": "http://server/iclock/file/fw/X938/desktop.jpg", "target": "/mnt/mtdblock/image"},
        b"PutFile http://server/iclock/file/fw/X938/desktop.jpg\t/mnt/mtdblock/image",
    ),
    Example("user.query", {"pin": "982"}, b"DATA QUERY USERINFO PIN=982"),
    Example("user.query", {"all_records": True}, b"DATA QUERY USERINFO"),
    Example("log.query", RANGE, b"DATA QUERY ATTLOG StartTime=2026-03-01T00:00:00\tEndTime=2026-03-01T23:59:59"),
    Example("log.query", {**RANGE, "time_form": "blank"}, b"DATA QUERY ATTLOG " + BLANK_RANGE),
    Example("fingerprint.query", {"pin": "982", "finger": 10}, b"DATA QUERY FINGERTMP PIN=982\tFID=10"),
    Example("fingerprint.query", {"pin": "982"}, b"DATA QUERY FINGERTMP PIN=982"),
    Example("fingerprint.query", {"all_records": True}, b"DATA QUERY FINGERTMP"),
    Example(
        "enroll.fingerprint",
        {"pin": "982", "finger": 1, "retry": 2, "overwrite": 2},
        b"ENROLL_FP PIN=982\tFID=1\tRETRY=2\tOVERWRITE=2",
    ),
    Example(
        "self_service.update",
        {"service": 1, "name": "Vacation", "enabled": 1},
        b"DATA UPDATE SELFSERVICEINFO ServiceNum=1\tServiceName=Vacation\tEnable=1",
    ),
)

FIELD: Final = (
    Example(
        "user.update",
        {"pin": "17", "valid_from": "2026-03-01 00:00:00", "valid_to": "2026-03-31T23:59:59", "expires": 1},
        b"DATA UPDATE USERINFO PIN=17\tStartDatetime=2026-03-01T00:00:00\tEndDatetime=2026-03-31T23:59:59\tExpires=1",
    ),
    Example("device.reload_options", {}, b"RELOAD OPTIONS"),
    Example("device.reload_data", {}, b"RELOAD DATA"),
    Example("admin.clear", {}, b"CLEAR ADMIN"),
    Example("log.send_new", {}, b"LOG"),
    Example("log.verify", RANGE, b"VERIFY SUM ATTLOG " + BLANK_RANGE),
    Example("photo.query", RANGE, b"DATA QUERY ATTPHOTO " + BLANK_RANGE),
    Example(
        "biodata.update",
        {
            "pin": "17",
            "number": 0,
            "type": 9,
            "major_version": 58,
            "minor_version": 12,
            "duress": 0,
            "template": TEMPLATE,
        },
        b"DATA UPDATE BIODATA Pin=17\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=58\tMinorVer=12\tFormat=0\t"
        b"Tmp=AQIDBA==",
    ),
    Example("biodata.delete", {"pin": "17"}, b"DATA DELETE BIODATA Pin=17"),
    Example("biodata.delete", {"pin": "17", "type": 9, "number": 0}, b"DATA DELETE BIODATA Pin=17\tType=9\tNo=0"),
    Example("biodata.query", {"type": 9, "all_records": True}, b"DATA QUERY BIODATA Type=9"),
    Example("biodata.query", {"type": 9, "pin": "17"}, b"DATA QUERY BIODATA Type=9\tPin=17"),
    Example("biodata.clear", {}, b"CLEAR BIODATA"),
    Example(
        "biophoto.update",
        {"pin": "17", "content": PICTURE, "return_template": 1},
        b"DATA UPDATE BIOPHOTO PIN=17\tType=9\tSize=8\tContent=/9j/4A==\tFormat=0\tPostBackTmpFlag=1",
    ),
    Example(
        "biophoto.update",
        {"pin": "17", "url": "file/photo/17.jpg"},
        b"DATA UPDATE BIOPHOTO PIN=17\tType=9\tFormat=1\tUrl=file/photo/17.jpg",
    ),
    Example("biophoto.delete", {"pin": "17"}, b"DATA DELETE BIOPHOTO PIN=17"),
    Example(
        "finger_vein.update",
        {"pin": "17", "finger": 6, "index": 2, "template": TEMPLATE},
        b"DATA UPDATE FVEIN Pin=17\tFID=6\tIndex=2\tValid=1\tSize=8\tTmp=AQIDBA==",
    ),
    Example("finger_vein.delete", {"pin": "17", "finger": 6}, b"DATA DELETE FVEIN Pin=17\tFID=6"),
    Example("enroll.card", {"pin": "408"}, b"ENROLL_MF PIN=408\tRETRY=3"),
    Example(
        "enroll.biometric", {"type": 9, "pin": "123"}, b"ENROLL_BIO TYPE=9\tPIN=123\tCardNo=\tRETRY=3\tOVERWRITE=1"
    ),
    Example(
        "acc_group.update",
        {"group": 1, "holiday": 0, "timezones": "1;0;0"},
        b"DATA UPDATE AccGroup ID=1\tVerify=0\tValidHoliday=0\tTZ=1;0;0",
    ),
    Example(
        "acc_timezone.update",
        {"uid": 2, "sun_start": "00:00", "sun_end": "11:59", "thurs_end": "18:00"},
        b"DATA UPDATE AccTimeZone UID=2\tSunStart=0000\tSunEnd=1159\tMonStart=0000\tMonEnd=2359\tTuesStart=0000\t"
        b"TuesEnd=2359\tWedStart=0000\tWedEnd=2359\tThursStart=0000\tThursEnd=1800\tFriStart=0000\tFriEnd=2359\t"
        b"SatStart=0000\tSatEnd=2359",
    ),
    Example(
        "acc_holiday.update",
        {"uid": 1, "name": "Thanksgiving", "first_day": "1123", "last_day": "1125", "timezone": 1},
        b"DATA UPDATE AccHoliday UID=1\tHolidayName=Thanksgiving\tStartDate=1123\tEndDate=1125\tTimeZone=1",
    ),
    Example(
        "unlock_combination.update",
        {"uid": 1, "group_1": 1, "group_2": 3},
        b"DATA UPDATE AccUnLockComb UID=1\tGroup1=1\tGroup2=3\tGroup3=0\tGroup4=0\tGroup5=0",
    ),
    Example(
        "file.put_records",
        {"url": "file/users.tgz", "target": "users.tgz", "table": "USERINFO", "records": 500},
        b"PutFile file/users.tgz\tusers.tgz\tAction=SyncData\tTableName=USERINFO\tRecordCount=500",
    ),
    Example(
        "file.append_records",
        {"url": "file/users.tgz", "target": "users.tgz"},
        b"PutFile file/users.tgz\tusers.tgz\tAction=AppendData",
    ),
    Example(
        "firmware.upgrade",
        {"checksum": MD5, "size": 6558, "url": "http://192.168.0.13:89/data/emfw.cfg"},
        b"UPGRADE type=1,checksum=" + MD5.encode() + b",size=6558,url=http://192.168.0.13:89/data/emfw.cfg",
    ),
    Example("raw", {"line": "DATA UPDATE MEETINFO Code=1\tMetName=x"}, b"DATA UPDATE MEETINFO Code=1\tMetName=x"),
    Example("access.output", {"door": 1, "output": "01", "seconds": 5}, b"CONTROL DEVICE 01010105"),
    Example("access.output", {"door": 16, "output": "01", "seconds": 255}, b"CONTROL DEVICE 011001FF"),
    Example("access.cancel_alarm", {"door": 1}, b"CONTROL DEVICE 02010000"),
    Example("access.reboot", {}, b"CONTROL DEVICE 03000000"),
    Example("access.normal_open", {"door": 2, "state": "01"}, b"CONTROL DEVICE 04020100"),
    Example("access.lock", {"door": 1, "state": "01"}, b"CONTROL DEVICE 06010100"),
    Example(
        "access.user_update",
        {"pin": "1", "password": "234"},
        b"DATA UPDATE user CardNo=\tPin=1\tPassword=234\tGroup=0\tStartTime=0\tEndTime=0\tName=\tPrivilege=0",
    ),
    Example("access.user_delete", {"pin": "1"}, b"DATA DELETE user Pin=1"),
    Example(
        "access.authorize",
        {"pin": "1", "timezone": 1, "doors": 15},
        b"DATA UPDATE userauthorize Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15",
    ),
    Example("access.unauthorize", {"pin": "1"}, b"DATA DELETE userauthorize Pin=1"),
    Example(
        "access.card_update",
        {"pin": "1", "card": "CC9932DD", "lost": 0},
        b"DATA UPDATE mulcarduser Pin=1\tCardNo=CC9932DD\tLossCardFlag=0\tCardType=0",
    ),
    Example(
        "access.timezone_update",
        {"timezone": 2, "mon_1": "00:01-00:03", "mon_2": "10:00-11:00"},
        b"DATA UPDATE timezone TimezoneId=2\t" + access_week(Mon1=65_539, Mon2=65_537_100),
    ),
    Example(
        "access.holiday_update",
        {"day": "20100101", "type": 1, "loop": 1},
        b"DATA UPDATE holiday Holiday=20100101\tHolidayType=1\tLoop=1",
    ),
    Example(
        "access.fingerprint_update",
        {"pin": "1", "finger": 6, "template": TEMPLATE},
        b"DATA UPDATE templatev10 Pin=1\tFingerID=6\tValid=1\tTemplate=AQIDBA==",
    ),
    Example(
        "access.first_card_update",
        {"door": 1, "timezone": 1, "pin": "1"},
        b"DATA UPDATE firstcard DoorID=1\tTimezoneID=1\tPin=1",
    ),
    Example(
        "access.data_delete",
        {"table": "userauthorize", "conditions": "Pin=1000;AuthorizeDoorId=1"},
        b"DATA DELETE userauthorize Pin=1000\tAuthorizeDoorId=1",
    ),
    Example("access.data_delete", {"table": "transaction", "all_records": True}, b"DATA DELETE transaction *"),
    Example("access.data_count", {"table": "user"}, b"DATA COUNT user"),
    Example("access.data_count", {"table": "biophoto", "conditions": "Type=9"}, b"DATA COUNT biophoto Type=9"),
    Example("access.data_query", {"table": "user"}, b"DATA QUERY tablename=user,fielddesc=*,filter=*"),
    Example(
        "access.data_query",
        {"table": "transaction", "conditions": "NewRecord"},
        b"DATA QUERY tablename=transaction,fielddesc=*,filter=NewRecord",
    ),
    Example(
        "access.data_query",
        {"table": "biodata", "conditions": "Type=9;Pin=1"},
        b"DATA QUERY tablename=biodata,fielddesc=*,filter=Type=9\tPin=1",
    ),
    Example(
        "access.server_set",
        {"address": "192.168.216.24", "port": 8080},
        b"SET OPTIONS WebServerIP=192.168.216.24,WebServerPort=8080",
    ),
    Example(
        "access.network_set",
        {"address": "192.168.213.222", "gateway": "192.168.213.1", "mask": "255.255.255.0"},
        b"SET OPTIONS IPAddress=192.168.213.222,GATEIPAddress=192.168.213.1,NetMask=255.255.255.0",
    ),
    Example("access.door_time_set", {"door": 1, "seconds": 5}, b"SET OPTIONS Door1Drivertime=5"),
    Example("access.options_get", {"item": "WebServerIP"}, b"GET OPTIONS WebServerIP"),
)

EXAMPLES: Final = (*DOCUMENT, *FIELD, *LEVERS)
