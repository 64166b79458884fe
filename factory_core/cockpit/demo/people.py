"""Who works in the demo plant: one person or more of every role, and a terminal on each line.

Passwords and PINs are made at random for each installation and printed when the plant starts.
"""

import secrets
from dataclasses import asdict, dataclass

from factory_core.access.services import join
from factory_core.people.models import User, UserKind
from factory_core.people.services import create_token, create_user, set_pin
from factory_core.plant.models import Line, Place, Site

TERMINAL_LINK_DAYS = 3650


@dataclass(frozen=True)
class Account:
    """One line of the sign-in list."""

    name: str
    username: str
    role: str
    place: str
    password: str = ""
    pin: str = ""
    badge: str = ""
    link: str = ""

    def as_dict(self) -> dict[str, str]:
        """For the accounts file."""
        return asdict(self)


PEOPLE = (
    ("Anna K.", "anna", "operator", "LINE-A", "BADGE-004711"),
    ("Marek W.", "marek", "operator", "LINE-A", "BADGE-004712"),
    ("Yusuf D.", "yusuf", "operator", "LINE-B", "BADGE-004713"),
    ("Sofia R.", "sofia", "supervisor", "BREMEN", "BADGE-004720"),
    ("Paul B.", "paul", "planner", "BREMEN", ""),
    ("Quynh L.", "quynh", "quality", "BREMEN", "BADGE-004730"),
    ("Mia H.", "mia", "maintenance", "BREMEN", "BADGE-004731"),
    ("Sami V.", "sami", "storekeeper", "BREMEN", "BADGE-004740"),
    ("Bruno F.", "bruno", "buyer", "BREMEN", ""),
    ("Swantje E.", "swantje", "sales", "BREMEN", ""),
    ("Dana S.", "dana", "dispatcher", "BREMEN", ""),
    ("Olga N.", "olga", "owner", "BREMEN", ""),
    ("Carla J.", "carla", "controller", "BREMEN", ""),
    ("Ines T.", "ines", "it_admin", "BREMEN", ""),
    ("Milo G.", "milo", "migrator", "BREMEN", ""),
    ("Aaron P.", "aaron", "auditor", "BREMEN", ""),
)


def build_people(actor: User) -> list[Account]:
    """Add everybody and give back what they sign in with."""
    places: dict[str, Place] = {place.code: place for place in (*Site.objects.all(), *Line.objects.all())}
    accounts = [_person(actor, places, *person) for person in PEOPLE]
    return accounts + [_terminal(actor, line) for line in Line.objects.all()]


def _person(
    actor: User, places: dict[str, Place], name: str, username: str, role: str, place: str, badge: str
) -> Account:
    password, pin = f"mill-{secrets.token_hex(4)}", _pin()
    user = create_user(actor=actor, username=username, password=password, name=name, badge=badge or None)
    set_pin(actor=actor, user=user, pin=pin)
    join(actor=actor, user=user, role=role, place=places[place])
    return Account(name, username, role, place, password, pin, badge)


def _terminal(actor: User, line: Line) -> Account:
    username = f"terminal.{line.code.lower()}"
    user = create_user(
        actor=actor, username=username, password=None, name=f"Terminal {line.name}", kind=UserKind.TERMINAL
    )
    join(actor=actor, user=user, role="terminal", place=line)
    link = create_token(actor=actor, user=user, scopes=["terminal"], days=TERMINAL_LINK_DAYS, name="terminal link")
    return Account(user.name, username, "terminal", line.code, link=f"/terminal/{link}/")


def _pin() -> str:
    while len(set(pin := f"{secrets.randbelow(10_000):04d}")) == 1:
        continue
    return pin
