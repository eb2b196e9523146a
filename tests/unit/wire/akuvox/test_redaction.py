import json

from hypothesis import given, settings
from hypothesis import strategies as st

from wire.akuvox.redaction import allowed, code_hash, hash_code, hash_key, hash_user

KEY = b"key of the tenant"


def test_equal_codes_are_equal_and_the_key_matters() -> None:
    assert code_hash(" 00b4161d", KEY) == code_hash("00B4161D", KEY) != code_hash("00B4161E", KEY)
    assert code_hash("1234", KEY) != code_hash("1234", b"another")
    assert len(code_hash("1234", KEY)) == 16
    assert code_hash("", KEY) == code_hash("--", KEY) == ""


def test_codes_of_users_join_with_those_of_the_door_log() -> None:
    door, _ = hash_code({"ID": "1", "Code": "2222"}, KEY)
    user, removed = hash_user(
        {"ID": "2", "UserID": "2", "CardCode": "1111;2222", "PrivatePIN": "", "FaceUrl": "/f/2.jpg"}, KEY
    )
    assert door["Code"] in user["CardCode"].split(";")
    assert removed == ("CardCode", "FaceUrl")
    assert user["@face"] is True
    assert "FaceUrl" not in user


def test_a_field_that_nobody_named_is_hashed() -> None:
    row, removed = hash_code({"ID": "1", "Name": "A", "QRCode": "777888", "Deep": {"Pin": "4444"}, "Empty": None}, KEY)
    assert removed == ("Deep", "QRCode")
    assert (row["ID"], row["Name"], row["Empty"]) == ("1", "A", "")
    assert "777888" not in json.dumps(row)
    assert "4444" not in json.dumps(row)


def test_a_named_field_that_is_no_plain_value_is_hashed_too() -> None:
    row, removed = hash_code({"ID": "1", "Name": {"Code": "4444"}}, KEY)
    assert removed == ("Name",)
    assert "4444" not in json.dumps(row)


def test_a_station_cannot_speak_as_a_connector() -> None:
    row, removed = hash_code({"ID": "1", "@user": "admin"}, KEY)
    assert row == {"ID": "1"}
    assert removed == ("@user",)


def test_keys() -> None:
    row, removed = hash_key({"ID": "1", "Code": "88888888", "Name": "Lucy", "Mon": "1", "Tags": "0"}, KEY)
    assert (row["Code"], removed) == (code_hash("88888888", KEY), ("Code",))
    assert (row["Name"], row["Mon"], row["Tags"]) == ("Lucy", "1", "0")


def test_results_pass_what_is_allowed() -> None:
    data = {
        "Config.DoorSetting.CLOUDSERVER.Enable": "0",
        "Config.DoorSetting.CLOUDSERVER.Token": "secret1",
        "Config.DoorSetting.CLOUDSERVER.UploadPassword": "secret2",
        "Config.DoorSetting.CLOUDSERVER.UploadUrl": "http://u:secret3@x/",
        "Config.DoorSetting.RELAY.HoldDelayA": "5",
        "Config.DoorSetting.RELAY.UserName": "secret4",
        "Config.DoorSetting.RELAY.Password": "secret5",
        "Config.DoorSetting.DTMF.Code1": "secret6",
        "Config.DoorSetting.DTMF.MultiCode1": "secret7",
        "Config.DoorSetting.PASSWORD.PublicKey1": "secret8",
        "Config.DoorSetting.PASSWORD.PublicKeyEnable": "1",
        "Config.DoorSetting.INPUT.ActionUrlA": "http://x/secret9",
        "Config.Account1.GENERAL.Pwd": "secret10",
        "Config.Account1.SIP.Server": "192.168.1.115",
        "Config.Account1.SIP.Server.Pwd": "secret11",
        "item": [{"ID": "1", "Code": "secret12", "Ret": 0}],
        "Account1": {"UserName": "secret13", "SipServer": "x", "Status": "2"},
        "RFCode": "secret14",
        "address": "/download/secret15",
    }
    kept, removed = allowed(data)
    assert "secret" not in json.dumps(kept)
    assert kept["item"] == [{"ID": "1", "Ret": 0}]
    assert kept["Account1"] == {"SipServer": "x", "Status": "2"}
    assert kept["Config.Account1.SIP.Server"] == "192.168.1.115"
    assert len(removed) == len({"".join(name) for name in removed}) == 15


_JSON = st.recursive(
    st.text("0123456789", min_size=4, max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["Secret", "Pin", "Deep"]), _JSON, max_size=3))
def test_nothing_of_unnamed_fields_gets_out(row: dict[str, object]) -> None:
    assert allowed(row)[0] == {}
    for hide in (hash_code, hash_user, hash_key):
        hidden, _ = hide(row, KEY)
        for value in hidden.values():
            assert value == "" or set(map(len, value.split(";"))) == {16}
