"""The configuration of a station: keys and factory values (chapters config, relay, input, publiccode, sip, log).

Keys of action URLs are not in the document; they are known from the field (spec/connectors.md A5).
"""

from simulate.akuvox.rows import LogRow

ACTION_URL = "Config.Features.ACTIONURL."
LOG_LEVEL = "Config.Settings.LOGLEVEL.Level"

RELAY_SECTIONS = ("Config.DoorSetting.RELAY.", "Config.DoorSetting.DTMF.")
INPUT_SECTIONS = ("Config.DoorSetting.INPUT.", "Config.DoorSetting.Action.")
PUBLIC_CODE_SECTIONS = ("Config.DoorSetting.PASSWORD.",)
SIP_SECTIONS = ("Config.Account1.", "Config.Account2.")
LOG_SECTIONS = ("Config.Settings.LOGLEVEL.",)

_ACCESS_URLS = {
    ("card", True): ("ValidCardEntered", "card_valid"),
    ("card", False): ("InvalidCardEntered", "card_invalid"),
    ("pin", True): ("ValidCodeEntered", "code_valid"),
    ("pin", False): ("InvalidCodeEntered", "code_invalid"),
    ("public", True): ("ValidCodeEntered", "code_valid"),
    ("public", False): ("InvalidCodeEntered", "code_invalid"),
    ("face", True): ("ValidFaceRecognition", "face_valid"),
    ("face", False): ("InvalidFaceRecognition", "face_invalid"),
}
_OTHER_URLS = (
    *(f"{what}{letter}{how}" for what in ("Relay", "Input") for letter in "ABC" for how in ("Triggered", "Closed")),
    *("MakeCall", "HangUp", "AlarmTriggered"),
)

ACCESS_URL_EVENTS = dict(_ACCESS_URLS.values())
"""Keys of the URLs for a card, a code or a face, and the word that hints use for them."""


def url_keys(row: LogRow) -> list[str]:
    """Which action URLs a row of a log calls. A PIN that opens does not call the relay's, as seen in the field."""
    if row.log == "call":
        return [f"{ACTION_URL}MakeCall"]
    found = _ACCESS_URLS.get((row.kind, bool(row.granted)))
    keys = [ACTION_URL + found[0]] if found else []
    if row.granted and row.kind not in ("pin", "public"):
        keys.append(f"{ACTION_URL}Relay{'ABC'[row.relay - 1]}Triggered")
    return keys


def factory_configuration() -> dict[str, str]:
    """Every key with the value that it has from the factory."""
    keys: dict[str, str] = {f"{ACTION_URL}Enable": "0", f"{ACTION_URL}Method": "", LOG_LEVEL: "3"}
    keys |= {ACTION_URL + name: "" for name in (*ACCESS_URL_EVENTS, *_OTHER_URLS)}
    keys |= _relays() | _inputs() | _cloud()
    keys |= {
        "Config.DoorSetting.PASSWORD.PublicKeyEnable": "1",
        "Config.DoorSetting.PASSWORD.PublicKey1": "33333333",
        "Config.DoorSetting.PASSWORD.PublicKey2": "66666666",
        "Config.DoorSetting.PASSWORD.PublicKey3": "88888888",
        "Config.DoorSetting.PASSWORD.PublicKeyBitsLimit": "0",
    }
    for account in (1, 2):
        keys |= _account(account)
    return keys


def in_sections(keys: dict[str, str], sections: tuple[str, ...]) -> dict[str, str]:
    """The part of the configuration below these prefixes."""
    return {key: value for key, value in keys.items() if key.startswith(sections)}


def _relays() -> dict[str, str]:
    keys: dict[str, str] = {}
    for letter in "ABC":
        part = {"Type": "0", "HoldDelay": "5", "TriggerDelay": "0", "Name": f"Relay{letter}"}
        keys |= {f"Config.DoorSetting.RELAY.{name}{letter}": value for name, value in part.items()}
    keys |= {f"Config.DoorSetting.RELAY.{name}": value for name, value in (("HttpTrig", "0"), ("UserName", ""))}
    keys["Config.DoorSetting.RELAY.Password"] = ""
    keys |= {"Config.DoorSetting.DTMF.Enable": "1", "Config.DoorSetting.DTMF.Option": "0"}
    for number, code in ((1, "010"), (2, "012"), (3, "013")):
        keys[f"Config.DoorSetting.DTMF.Code{number}"] = str(number - 1)
        keys[f"Config.DoorSetting.DTMF.MultiCode{number}"] = code
    return keys


def _inputs() -> dict[str, str]:
    keys: dict[str, str] = {}
    parts = {"Enable": "1", "Option": "0", "Delay": "0", "ActionUrl": ""}
    parts |= {f"{way}Enable": "0" for way in ("Ftp", "Http", "Sip", "Smtp")}
    for number, letter in enumerate("ABC", 1):
        keys |= {f"Config.DoorSetting.INPUT.{name}{letter}": value for name, value in parts.items()}
        keys[f"Config.DoorSetting.INPUT.RelayId{letter}"] = str(number)
    keys |= {"Config.DoorSetting.Action.CallNum": "", "Config.DoorSetting.Action.CallName": ""}
    return keys


def _cloud() -> dict[str, str]:
    names = dict.fromkeys(("DeviceCommunity", "GateServer", "OpenDoorLimit", "Port", "Server", "Token", "Type"), "")
    names |= {"UploadPassword": "", "UploadUrl": "", "UploadUser": "", "Enable": "0", "GatePort": "0", "RpsEnable": "1"}
    names["RpsServer"] = "http://rps.akuvox.com:8080/redirect?mac="
    return {f"Config.DoorSetting.CLOUDSERVER.{name}": value for name, value in names.items()}


def _account(number: int) -> dict[str, str]:
    port = str(5061 + number)
    parts = {
        "ADVANCED": {"ShowMissedCall": "1"},
        "ANONYMOUS_CALL": {"Enable": "0", "OffCode": "", "OnCode": "", "PrivacyHeaderValue": "id"},
        "AUTO_ANSWER": {"Enable": "1"},
        "GENERAL": {
            **dict.fromkeys(("AuthName", "DisplayName", "EditEnable", "Label", "Pwd", "UserAgent", "UserName"), ""),
            "Enable": "0",
        },
        "NAT": {"Rport": "0", "UdpKeepEnable": "1", "UdpKeepInterval": "30"},
        "OUTPROXY": {
            **{"BakPort": "5060", "BakServer": "", "DHCPOption": "0"},
            **{"Enable": "0", "Port": "5060", "Server": ""},
        },
        "REJECT_ANONYMOUSCALL": {"Enable": "0", "OffCode": "", "OnCode": ""},
        "SIP": {
            **{"ListenPortMax": port, "ListenPortMin": port, "Port": "5060", "Port2": "5060"},
            **{"Server": "", "Server2": "", "TransType": "0"},
        },
        "STUN": {"Enable": "0", "Port": "3478", "Server": ""},
    }
    return {
        f"Config.Account{number}.{section}.{name}": value
        for section, values in parts.items()
        for name, value in values.items()
    }
