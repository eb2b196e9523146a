"""A terminal's options.cfg (document, part VI, 4 and 5)."""

from simulate.fleet.identity import Identity

DEFAULT_COM_KEY = "88888888"


class OptionsFile:
    """Option names and values as text. com_key: switches IsPushComKey on from the start."""

    def __init__(self, identity: Identity, host: str, port: int, com_key: str) -> None:
        number = identity.number
        self._values = {
            "~SerialNumber": identity.serial,
            "~DeviceName": "SIM-TFT",
            "~OEMVendor": "ZKTeco Co., Ltd.",
            "~Platform": "ZLM60_TFT",
            "~ZKFPVersion": "10",
            "FaceVersion": "7",
            "MAC": f"00:17:61:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}",
            "IPAddress": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "NetMask": "255.0.0.0",
            "GATEIPAddress": "10.0.0.254",
            "DHCP": "0",
            "DeviceID": "1",
            "VOLUME": "67",
            "LockOn": "5",
            "AlarmReRec": "1",
            "AlarmAttLog": "99",
            "DelRecord": "10",
            "WorkCode": "",
            "FaceFunOn": "1",
            "VerifyValueMap": "129:1,130:3,131:0,132:2,136:4,137:5,138:6,139:7,140:8,141:9",
            "~UserExtFmt": "1",
            "~LockFunOn": "0",
            "USAUser1to1FPThresholdFunOn": "0",
            "WebServerIP": host,
            "WebServerPort": str(port),
            "IsPushComKey": "1" if com_key else "0",
            "PushComKey": com_key or DEFAULT_COM_KEY,
        }
        self._changed: set[str] = set()

    def get(self, name: str) -> str:
        """The value, "" when there is none."""
        return self._values.get(name, "")

    def set(self, name: str, value: str) -> None:
        """Set one option, new or not."""
        self._values[name] = value
        self._changed.add(name)

    @property
    def com_key(self) -> str:
        """The key that goes with every request; "" when none does."""
        return self._values["PushComKey"] if self._values["IsPushComKey"] == "1" else ""

    def lines(self) -> list[str]:
        """All options as `name=value`."""
        return [f"{name}={value}" for name, value in self._values.items()]

    def upload(self, only_changed: bool) -> str:
        """The comma line of table=options (spec/zk-push.md H16), without the key; "" when nothing changed."""
        names = [name for name in self._values if name != "PushComKey" and (name in self._changed or not only_changed)]
        self._changed.clear()
        return ",".join(f"{name}={self._values[name]}" for name in names)
