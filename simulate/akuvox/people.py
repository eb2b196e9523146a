"""The people whom a station knows, by seed."""

import random
from dataclasses import dataclass

FIRST = ("Ann", "Bob", "Carol", "José", "Zoë", "Li", "Priya", "Omar", "Ingrid", "Tomás", "王伟", "李娜")
LAST = ("Smith", "Müller", "Patel", "O'Brien", "Nguyen", "van der Berg", "Rossi", "Haddad", "<Lee> & Sons", "Ødegård")


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the station's own list has it."""

    user_id: str
    name: str
    card: str
    pin: str


def people_of(seed: int, number: int, count: int) -> list[Person]:
    """The people of the station with this number."""
    rng = random.Random(f"{seed}:akuvox:{number}:people")
    return [
        Person(
            user_id=f"{number}{at:04d}",
            name=f"{rng.choice(FIRST)} {rng.choice(LAST)}",
            card=f"{rng.getrandbits(32):08X}",
            pin=f"{rng.randrange(10**8):08d}",
        )
        for at in range(1, count + 1)
    ]


def user_item(person: Person, index: int) -> dict[str, str]:
    """The fields of the document's user list."""
    return {
        "ID": str(index),
        "UserID": person.user_id,
        "Name": person.name,
        "CardCode": person.card,
        "PrivatePIN": person.pin,
        "FaceUrl": "",
        "LiftFloorNum": "0",
        "ScheduleRelay": "1001-1",
        "SourceType": "1",
        "Type": "0",
        "WebRelay": "0",
    }
