"""Machines of the old system come over, with the areas and lines on which they stand."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.records import Records
from factory_core.people.models import User
from factory_core.plant.models import Area, Line, Machine, Site, code_validator
from factory_core.plant.queries import code_from, used_by

MANAGE = "plant.manage"
P = TypeVar("P", Area, Line)
FIELDS = (
    Field("code", _("machine"), required=True, longest=40, example="PRESS-1", synonyms={
        "en": ["machine", "machine code", "machine number", "machine id", "work unit", "equipment", "equipment number",
               "asset", "resource"],
        "de": ["Maschine", "Maschinennummer", "Maschinencode", "Anlage", "Equipment", "Betriebsmittel"],
        "es": ["máquina", "código de máquina", "equipo", "recurso"],
        "fr": ["machine", "code machine", "équipement", "ressource"],
        "pl": ["maszyna", "kod maszyny", "numer maszyny", "urządzenie"], "systems": ["EQUNR", "ARBPL"]}),
    Field("name", _("name"), longest=120, example="Press 1", synonyms={
        "en": ["name", "machine name", "description"], "de": ["Name", "Bezeichnung", "Maschinenname"],
        "es": ["nombre", "descripción"], "fr": ["nom", "désignation"], "pl": ["nazwa", "opis"]}),
    Field("area", _("area"), longest=120, example="HALL-1", synonyms={
        "en": ["area", "hall", "department", "building"], "de": ["Bereich", "Halle", "Abteilung", "Gebäude"],
        "es": ["área", "nave", "departamento"], "fr": ["zone", "atelier", "bâtiment"],
        "pl": ["obszar", "hala", "wydział"]}, note=_("Made where the site has none of this code or name.")),
    Field("line", _("line"), longest=120, example="LINE-A", synonyms={
        "en": ["line", "production line", "cell", "group"], "de": ["Linie", "Fertigungslinie", "Zelle", "Gruppe"],
        "es": ["línea", "línea de producción", "célula"], "fr": ["ligne", "ligne de production", "îlot"],
        "pl": ["linia", "linia produkcyjna", "gniazdo"]}, note=_("Made where the site has none of this code or name.")),
    Field("position", _("place in the flow"), FieldType.WHOLE, smallest=Decimal(0), largest=Decimal(100_000),
          example="1", synonyms={
        "en": ["position", "place in the flow", "sequence"], "de": ["Position", "Platz im Fluss", "Reihenfolge"],
        "es": ["posición", "orden"], "fr": ["position", "rang"], "pl": ["pozycja", "kolejność"]}),
    Field("stop_limit_s", _("a stop needs a reason after (s)"), FieldType.WHOLE,
          smallest=Decimal(0), largest=Decimal(86_400), example="300", synonyms={
        "en": ["stop limit", "stop limit (s)", "minor stop limit", "short stop"],
        "de": ["Stillstandsgrenze", "Kurzstillstand bis (s)"], "es": ["límite de parada"],
        "fr": ["seuil d'arrêt"], "pl": ["próg postoju"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes", synonyms={
        "en": ["active", "in use"], "de": ["aktiv", "in Betrieb"], "es": ["activo", "en uso"],
        "fr": ["actif", "en service"], "pl": ["aktywny", "w użyciu"]}),
)  # fmt: skip


def take(rows: Sequence[Row], context: Context) -> None:
    """Machines added and changed, their areas and lines made before them; see `kinds.Take`."""
    tree = Tree(context.here)
    standing = _standing(rows)
    _refuse_bad_codes(rows, standing, tree)
    lines = {row.number: _line(tree, row, standing) for row in rows}
    _refuse_moves(rows, lines, standing)

    def facts(row: Row) -> Mapping[str, Any]:
        said = {name: row.values.get(name) for name in ("position", "stop_limit_s", "is_active")}
        said = {name: value for name, value in said.items() if value is not None}
        name = row.values.get("name") or (None if _code(row) in standing else row.values["code"])
        if name:
            said["name"] = name
        line = lines[row.number]
        return {**said, "line_id": line.pk} if line is not None else said

    def check(machine: Machine, before: Mapping[str, Any] | None) -> None:
        machine.clean_fields(exclude=["line"])

    Records(Machine, "code", facts, check, {}).take(rows, context)
    for row in rows:
        if "line_id" in row.changes:
            was, becomes = (tree.lines_by_id[int(key)].code for key in row.changes.pop("line_id"))
            row.changes["line"] = (was, becomes)


class Tree:
    """The areas and lines of a site, found by code or by name, and made where they are missing."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._areas = _by_word(Area.objects.filter(site=site))
        lines = list(Line.objects.filter(area__site=site).select_related("area"))
        self._lines = _by_word(lines)
        self.lines_by_id = {line.pk: line for line in lines}

    def line_for(self, row: Row, standing: Machine | None) -> Line | None:
        """The line a row names, made if need be; None where it names none, or is refused for what it names."""
        area_said, said = (str(row.values.get(name) or "").strip() for name in ("area", "line"))
        if not said:
            if standing is None:
                row.refuse("line", "value_missing", _now("A new machine needs the line on which it stands."))
            elif area_said and (area := standing.line.area) not in self._areas.get(area_said.casefold(), []):
                self._refuse_area(row, standing.line, area)
            return None
        found = self._lines.get(said.casefold(), [])
        if area_said:
            within = [line for line in found if line.area in self._areas.get(area_said.casefold(), [])]
            if found and not within and any(line.code.casefold() == said.casefold() for line in found):
                self._refuse_area(row, found[0], found[0].area)
                return None
            found = within
        if len(found) > 1:
            row.refuse(
                "line", "ambiguous", _now("Several lines are called “%(line)s”.") % {"line": said},
                _now("The code of one: %(codes)s.") % {"codes": ", ".join(line.code for line in found)},
            )  # fmt: skip
            return None
        return found[0] if found else self._make_line(row, area_said, said)

    def _refuse_area(self, row: Row, line: Line, area: Area) -> None:
        row.refuse(
            "area", "other_area",
            _now("Line “%(line)s” stands in area “%(area)s”.") % {"line": line.code, "area": area.code},
            _now("That area, or none; an import moves no line."),
        )  # fmt: skip

    def _make_line(self, row: Row, area_said: str, said: str) -> Line | None:
        if not area_said:
            row.refuse(
                "area",
                "value_missing",
                _now("There is no line “%(line)s”, and a new one needs its area.") % {"line": said},
            )
            return None
        areas = self._areas.get(area_said.casefold(), [])
        area = areas[0] if areas else self._make(row, "area", Area(site=self._site), area_said)
        if area is None:
            return None
        line = self._make(row, "line", Line(area=area), said)
        if line is not None:
            self.lines_by_id[line.pk] = line
        return line

    def _make(self, row: Row, field: str, place: P, said: str) -> P | None:
        code = code_from(said)
        if not code or type(place)._default_manager.filter(code__iexact=code).exists():
            row.refuse(
                field, "bad_code",
                _now("“%(text)s” gives no code of its own for a new place.") % {"text": said},
                _now("A code of letters, digits, '-' and '_', of which there is none yet at any site."),
            )  # fmt: skip
            return None
        place.code, place.name = code, said
        place.save()
        known: dict[str, list[Any]] = self._areas if isinstance(place, Area) else self._lines
        for word in {code.casefold(), said.casefold()}:
            known[word].append(place)
        return place


def _by_word(places: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for place in places:
        for word in {place.code.casefold(), place.name.strip().casefold()}:
            found[word].append(place)
    for word, several in found.items():
        # A code says more than a name.
        exact = [place for place in several if place.code.casefold() == word]
        found[word] = exact or several
    return found


def _code(row: Row) -> str:
    return str(row.values["code"]).casefold()


def _standing(rows: Sequence[Row]) -> dict[str, Machine]:
    codes = {str(row.values["code"]) for row in rows if row.values.get("code")}
    machines = Machine.objects.filter(code__in=codes).select_related("line__area")
    return {machine.code.casefold(): machine for machine in machines}


def _refuse_bad_codes(rows: Sequence[Row], standing: Mapping[str, Machine], tree: "Tree") -> None:
    """Before a line is made for a machine that cannot be."""
    for row in rows:
        machine = standing.get(_code(row))
        if machine is not None and machine.line_id not in tree.lines_by_id:
            row.refuse(
                "code", "at_another_site", _now("“%(code)s” is a machine of another site.") % {"code": machine.code}
            )
        try:
            code_validator(str(row.values["code"]))
        except ValidationError as error:
            row.refuse("code", "bad_code", " ".join(error.messages))


def _line(tree: "Tree", row: Row, standing: Mapping[str, Machine]) -> Line | None:
    return None if row.outcome is Outcome.REFUSED else tree.line_for(row, standing.get(_code(row)))


def _refuse_moves(rows: Sequence[Row], lines: Mapping[int, Line | None], standing: Mapping[str, Machine]) -> None:
    """A machine with a past stays where it is: what was counted there would count elsewhere."""
    moving: dict[int, tuple[Row, Machine]] = {}
    for row in rows:
        machine, line = standing.get(_code(row)), lines[row.number]
        if machine and line and machine.line_id != line.pk:
            moving[machine.pk] = (row, machine)
    for key, what in used_by(moving).items():
        row, machine = moving[key]
        row.refuse(
            "line", "has_history",
            _now("“%(machine)s” stands on line “%(line)s” and has a past there (%(what)s).")
            % {"machine": machine.code, "line": machine.line.code, "what": what},
            _now("The line where it stands, or none; an import moves no machine with a past."),
        )  # fmt: skip


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return dict(_seen(actor, site).filter(code__in=keys).values_list("code", "pk"))


def _seen(actor: User, site: Site | None) -> Any:
    machines = visible(actor, Machine.objects.all())
    return machines if site is None else machines.filter(line__area__site=site)


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    columns = ("code", "name", "line__area__code", "line__code", "position", "stop_limit_s", "is_active")
    for values in _seen(actor, site).order_by("code").values_list(*columns).iterator():
        yield dict(zip((field.name for field in FIELDS), values, strict=True))


def made_from_key(code: str, context: Context) -> Machine:
    """A machine that only other rows name, on the line "imported" until somebody says where it stands.

    Raises ValidationError for a code that is none.
    """
    tree = Tree(context.here)
    word = code_from(f"imported-{context.here.code}")
    row = Row(0, {"area": word, "line": word})
    line = tree.line_for(row, None)
    if line is None:
        raise ValidationError(row.problems[-1].sentence)
    machine = Machine(code=code, name=code, line=line)
    machine.clean_fields(exclude=["line"])
    machine.save()
    return machine


def offer() -> None:
    """Machines: asked for at the site they stand at."""
    offer_kind(
        Kind(
            "machines", _("Machines"), MANAGE, FIELDS, ("code",), take, _rows, needs_site=True, known=_known,
            old_id=("machine id", "equipment id", "asset id", "Maschinen-ID", "Equipment-ID", "id"),
            synonyms={
                "en": ["machines", "equipment", "assets", "resources"],
                "de": ["Maschinen", "Anlagen", "Maschinenliste"],
                "es": ["máquinas", "equipos"], "fr": ["machines", "équipements"], "pl": ["maszyny", "urządzenia"]},
        )
    )  # fmt: skip
