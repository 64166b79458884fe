"""The old system's people come over: who they are, what role they hold where. Never a password, never a PIN.

They choose those themselves when they first come in. A person who holds several roles stands in several rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.access.queries import GRANTS, MODELS, people_to_manage, roles_of
from factory_core.access.reach import Reach
from factory_core.access.roles import ROLE_NAMES
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.people.models import User, UserKind
from factory_core.plant.models import Place, Site

MANAGE = "people.manage"
_WORDS = {
    "bediener": "operator", "maschinenbediener": "operator", "werker": "operator", "operario": "operator",
    "opérateur": "operator", "operateur": "operator", "meister": "supervisor", "vorarbeiter": "supervisor",
    "schichtleiter": "supervisor", "team leader": "supervisor", "foreman": "supervisor", "encargado": "supervisor",
    "chef d'équipe": "supervisor", "brygadzista": "supervisor", "planer": "planner", "planificador": "planner",
    "qs": "quality", "qualität": "quality", "calidad": "quality", "qualité": "quality", "jakość": "quality",
    "instandhaltung": "maintenance", "instandhalter": "maintenance", "mantenimiento": "maintenance",
    "lager": "storekeeper", "lagerist": "storekeeper", "almacenero": "storekeeper", "magasinier": "storekeeper",
    "magazynier": "storekeeper", "einkauf": "buyer", "einkäufer": "buyer", "purchaser": "buyer",
    "comprador": "buyer", "acheteur": "buyer", "kupiec": "buyer", "vertrieb": "sales", "verkauf": "sales",
    "versand": "dispatcher", "shipping": "dispatcher", "inhaber": "owner", "geschäftsführer": "owner",
    "controlling": "controller", "administrator": "it_admin", "it": "it_admin", "prüfer": "auditor",
}  # fmt: skip
USERNAME = Field(
    "username", _("user name"), required=True, of_parent=True, longest=150, example="anna.kowalska", synonyms={
        "en": ["user name", "username", "user", "login", "login id", "user id", "account"],
        "de": ["Benutzername", "Benutzer", "Anmeldename", "Login", "Benutzerkennung"],
        "es": ["usuario", "nombre de usuario"], "fr": ["utilisateur", "nom d'utilisateur", "identifiant"],
        "pl": ["użytkownik", "nazwa użytkownika", "login"], "systems": ["LoginID", "BNAME"]}
)  # fmt: skip
FIELDS = (
    USERNAME,
    Field("name", _("name shown"), of_parent=True, longest=80, example="Anna Kowalska", synonyms={
        "en": ["name", "full name", "display name"], "de": ["Name", "Anzeigename", "voller Name"],
        "es": ["nombre", "nombre completo"], "fr": ["nom", "nom complet"], "pl": ["imię i nazwisko", "nazwisko"]}),
    Field("badge", _("badge"), of_parent=True, longest=64, example="00417", synonyms={
        "en": ["badge", "badge number", "card number", "chip"],
        "de": ["Ausweis", "Ausweisnummer", "Chip", "Kartennummer"], "es": ["tarjeta", "credencial"],
        "fr": ["badge", "numéro de badge"], "pl": ["karta", "numer karty", "identyfikator"]}),
    Field("language", _("language"), of_parent=True, longest=8, example="de", synonyms={
        "en": ["language"], "de": ["Sprache"], "es": ["idioma"], "fr": ["langue"], "pl": ["język"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, of_parent=True, example="yes", synonyms={
        "en": ["active", "in use", "enabled"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"],
        "pl": ["aktywny"]}),
    Field("role", _("role"), FieldType.CHOICE, choices=ROLE_NAMES, words=_WORDS, example="operator", synonyms={
        "en": ["role", "job", "function"], "de": ["Rolle", "Funktion"], "es": ["rol", "función"],
        "fr": ["rôle", "fonction"], "pl": ["rola", "funkcja"]}),
    Field("place", _("place"), longest=60, example="line:LINE-A", synonyms={
        "en": ["place", "where", "line", "area"], "de": ["Ort", "Platz", "Linie", "Bereich"],
        "es": ["lugar", "línea"], "fr": ["lieu", "ligne"], "pl": ["miejsce", "linia"]},
        note=_("Code of the site, area, line or machine; without it the site.")),
)  # fmt: skip
_COLUMNS = {"name": "display_name", "badge": "badge", "language": "language", "is_active": "is_active"}


def take(rows: Sequence[Row], context: Context) -> None:
    """People added and changed, and the roles they get; see `kinds.Take`."""
    people = _People(rows, context)
    places = _Places(rows, context)
    given: dict[tuple[str, str, int], list[tuple[Row, User, str]]] = defaultdict(list)
    for row in rows:
        place = places.of(row)
        if row.outcome is Outcome.REFUSED:
            continue
        person = people.of(row)
        if person is not None and place is not None:
            role = str(row.values["role"])
            given[role, place._meta.model_name or "", place.pk].append((row, person, role))
    people.write()
    _give(given)


class _People:
    """The people that rows name, as they stand and as the rows want them."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self._context = context
        names = {str(row.values["username"]) for row in rows}
        badges = {str(badge) for row in rows if (badge := row.values.get("badge"))}
        known = list(
            User.objects.filter(Q(username__in=names) | Q(badge__in=badges)).select_for_update(no_key=True)
        )  # fmt: skip
        self._by_name = {person.username.casefold(): person for person in known}
        self._by_badge = {person.badge: person for person in known if person.badge}
        self._over = Reach(context.actor).over(known)
        self._added: dict[str, User] = {}
        self._changed: dict[int, User] = {}

    def of(self, row: Row) -> User | None:
        """The person of a row with what it says of them; None where the row is refused or left out."""
        name = str(row.values["username"])
        person = self._by_name.get(name.casefold())
        wish: dict[str, Any] = {
            column: row.values.get(field) for field, column in _COLUMNS.items() if row.values.get(field) is not None
        }
        if person is None:
            person = User(username=name, **wish)
            if not self._may_be(person, wish, row):
                return None
            person.password = make_password(None)
            self._by_name[name.casefold()] = self._added[name] = person
            row.outcome = Outcome.CREATED
            return person
        is_first = name not in self._added and person.pk not in self._changed
        if is_first and self._context.leaves(row, "username"):
            return None
        before = {column: getattr(person, column) for column in wish}
        touched = {column: value for column, value in wish.items() if value != before[column]}
        if not self._may_change(person, touched, row):
            return None
        for column, value in touched.items():
            setattr(person, column, value)
        if not self._may_be(person, touched, row):
            for column in touched:
                setattr(person, column, before[column])
            return None
        row.outcome = Outcome.CHANGED if touched else Outcome.UNCHANGED
        row.changes = {
            column: (_told(column, before[column]), _told(column, value)) for column, value in sorted(touched.items())
        }
        if touched and is_first and person.pk:
            self._changed[person.pk] = person
        return person

    def write(self) -> None:
        """Put everybody into the books at once."""
        User.objects.bulk_create(self._added.values(), batch_size=500)
        for person in self._changed.values():
            person.version += 1
        if self._changed:
            User.objects.bulk_update(self._changed.values(), [*_COLUMNS.values(), "version"], batch_size=500)

    def _may_change(self, person: User, touched: Mapping[str, Any], row: Row) -> bool:
        if person.kind != UserKind.PERSON:
            row.refuse("username", "not_a_person", _now("“%(name)s” is no person but a program or a terminal.") % {
                "name": person.username})  # fmt: skip
        elif person.pk in self._over and (touched or row.values.get("role")):
            row.refuse(
                "username", "over_you",
                _now("“%(name)s” may do more than you; an import does not change them.") % {"name": person.username},
                _now("Somebody with the same rights changes them by hand, or leave the row out."),
            )  # fmt: skip
        elif person.pk == self._context.actor.pk and touched.get("is_active") is False:
            row.refuse("is_active", "own_account", _now("You cannot switch off yourself."))
        return row.outcome is not Outcome.REFUSED

    def _may_be(self, person: User, touched: Mapping[str, Any], row: Row) -> bool:
        try:
            person.clean_fields(exclude=["password"])
        except ValidationError as error:
            fields = {column: field for field, column in _COLUMNS.items()}
            for column, sentences in error.message_dict.items():
                row.refuse(fields.get(column, column), "invalid", " ".join(sentences))
            return False
        if "badge" in touched:
            owner = self._by_badge.setdefault(str(touched["badge"]), person)
            if owner is not person:
                # Whose it is stays untold: a badge opens doors.
                row.refuse("badge", "badge_taken", _now("This badge belongs to somebody else."))
                return False
        return True


def _told(column: str, value: Any) -> str:
    """Old and new for the rehearsal; a badge opens doors and is not repeated."""
    if column == "badge":
        return "•••" if value else ""
    return "" if value is None else str(value)


class _Places:
    """The places that rows name, among those whose people the actor manages at the site."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self._site, self._reach = context.here, Reach(context.actor)
        said = {str(text).rpartition(":")[2].strip() for row in rows if (text := row.values.get("place"))}
        self._found: dict[str, list[Place]] = defaultdict(list)
        ways = {"site": "pk", "area": "site", "line": "area__site", "machine": "line__area__site"}
        for level, model in MODELS.items():
            here = visible(context.actor, model._default_manager.filter(**{ways[level]: self._site.pk}), MANAGE)
            for place in here.filter(code__in=said):
                for word in (place.code, f"{level}:{place.code}"):
                    self._found[word.casefold()].append(place)

    def of(self, row: Row) -> Place | None:
        """Where the row's role is held; None where it names no role or is refused."""
        role, said = row.values.get("role"), str(row.values.get("place") or "").strip()
        if role is None:
            if said:
                row.refuse("role", "value_missing", _now("A place stands here, but no role that is held there."))
            return None
        found = self._found.get(said.casefold(), []) if said else [self._site]
        if len(found) != 1 or found[0] is None:
            sentence = _now("Several places have the code “%(code)s”.") if found else _now(
                "There is no place “%(code)s” among those whose people you manage here.")  # fmt: skip
            row.refuse(
                "place", "ambiguous" if found else "unknown_reference", sentence % {"code": said},
                _now("A code as in %(example)s.") % {"example": "line:L-1"},
            )  # fmt: skip
            return None
        if self._reach.is_over(str(role), found[0]):
            row.refuse(
                "role", "over_you",
                _now("You may not give the role “%(role)s” at %(place)s: it may do more than you there.")
                % {"role": ROLE_NAMES[str(role)], "place": found[0].name},
                _now("A role that rules over no more than you do, or somebody with that role gives it."),
            )  # fmt: skip
            return None
        return found[0]


def _give(given: Mapping[tuple[str, str, int], list[tuple[Row, User, str]]]) -> None:
    """Roles that are not held yet; a few questions a level, however many people."""
    permissions = {
        (one.content_type.model, one.codename): one
        for one in Permission.objects.filter(
            codename__startswith="as_", content_type__app_label="factory_core"
        ).select_related("content_type")
    }
    for level, model in GRANTS.items():
        wanted = {
            (person.pk, permissions[level, f"as_{role}"].pk, place): row
            for (role, of_level, place), several in given.items()
            if of_level == level
            for row, person, _role in several
        }
        if not wanted:
            continue
        grants: Any = model._default_manager
        held = set(
            grants.filter(user_id__in={user for user, _permission, _place in wanted}).values_list(
                "user_id", "permission_id", "content_object_id"
            )
        )
        new = {key: row for key, row in wanted.items() if key not in held}
        grants.bulk_create(
            [model(user_id=user, permission_id=right, content_object_id=place) for user, right, place in new],  # type: ignore[misc]  # columns of guardian's own model
            batch_size=1000,
        )
        for row in new.values():
            if row.outcome is Outcome.UNCHANGED:
                row.outcome = Outcome.CHANGED
                row.changes["role"] = ("", str(row.values["role"]))


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return dict(_seen(actor).filter(username__in=keys).values_list("username", "pk"))


def _seen(actor: User) -> Any:
    return people_to_manage(actor).filter(kind=UserKind.PERSON)


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    people = list(_seen(actor))
    held = roles_of(people)
    codes = _codes(site)
    for person in people:
        about = {field: getattr(person, column) or None for field, column in _COLUMNS.items()}
        # A badge opens a terminal: it is brought in, and never goes out. An empty cell leaves it as it is.
        about = {"username": person.username, **about, "badge": None, "is_active": person.is_active}
        here = sorted((one.role, codes[one.key]) for one in held.get(person.pk, ()) if one.key in codes)
        for role, place in here or [("", "")]:
            yield {**about, "role": role or None, "place": place or None}


def _codes(site: Site | None) -> dict[str, str]:
    """Address of a place → how a file names it, for the places of a site."""
    ways: Iterable[tuple[str, str]] = (
        ("site", "pk"), ("area", "site"), ("line", "area__site"), ("machine", "line__area__site")
    )  # fmt: skip
    found = {}
    for level, way in ways:
        places = MODELS[level]._default_manager.all()
        for key, code in (places if site is None else places.filter(**{way: site.pk})).values_list("pk", "code"):
            found[f"{level}:{key}"] = f"{level}:{code}"
    return found


def offer() -> None:
    """People: it takes the right to manage them at the site, beside that to import."""
    offer_kind(
        Kind(
            "users", _("People"), MANAGE, FIELDS, ("username", "role", "place"), take, _rows, needs_site=True,
            known=_known, is_private=True,
            note=_("Passwords and PINs are never brought over: people choose them when they come in."),
            synonyms={
                "en": ["users", "people", "employees", "staff"], "de": ["Benutzer", "Mitarbeiter", "Personal"],
                "es": ["usuarios", "empleados"], "fr": ["utilisateurs", "employés"],
                "pl": ["użytkownicy", "pracownicy"]},
        )
    )  # fmt: skip
