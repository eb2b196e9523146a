"""What must not travel (DESIGN 2.7), and what is personal and has no place outside the sealed raw record."""

from collections.abc import Mapping
from typing import Any, Final

from wire.biotime.values import Json

SECRET_FIELDS: Final = frozenset(
    (
        *("self_password", "device_password", "card_no", "password", "passwd", "pwd", "app_password"),
        *("token", "otp", "session_key", "secret", "mobile_token"),
        *("template", "bio_template", "bio_data", "biodata", "fingerprint", "face_template", "photo", "bio_photo"),
    )
)

PERSONAL_FIELDS: Final = frozenset(
    (
        *("first_name", "last_name", "nick_name", "nickname", "full_name", "format_name", "name"),
        *("department", "position", "dept_name", "dept_code", "position_name", "position_code"),
        *("birthday", "gender", "ssn", "religion", "national", "nationality", "passport", "motorcycle_license"),
        *("address", "city", "postcode", "contact_tel", "office_tel", "mobile", "email"),
        *("longitude", "latitude", "gps_location", "gps", "location", "last_login", "login_ip"),
    )
)


def strip_person(row: Mapping[str, Any]) -> tuple[Json, tuple[str, ...]]:
    """The row without secrets, at any depth, and the names of what was taken out (`a.b` inside an object), sorted.

    Empty ones are taken out as well, but not named: there was nothing to hide.
    """
    removed: set[str] = set()
    return _object(row, "", removed, 0), tuple(sorted(removed))


_DEPTH: Final = 8  # deeper than any row is; what lies below is taken out whole


def _object(row: Mapping[str, Any], path: str, removed: set[str], depth: int) -> Json:
    kept: Json = {}
    for name, value in row.items():
        if name.lower() in SECRET_FIELDS or (depth >= _DEPTH and isinstance(value, (dict, list))):
            if value not in (None, "", [], {}):
                removed.add(path + name)
        else:
            kept[name] = _any(value, f"{path}{name}.", removed, depth + 1)
    return kept


def _any(value: Any, path: str, removed: set[str], depth: int) -> Any:
    if isinstance(value, dict):
        return _object(value, path, removed, depth)
    if isinstance(value, list):
        return [_any(item, path, removed, depth + 1) for item in value] if depth < _DEPTH else []
    return value
