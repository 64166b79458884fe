"""Work centres of the old system come over, with what an hour of them costs."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.costing.queries.pages import rates_seen
from production.costing.services.bringing import take_centres
from production.products.queries import centres_seen
from production.products.services.common import MANAGE

SEE = "production.cost.view"
NUMBER, REFERENCE = FieldType.NUMBER, FieldType.REFERENCE
FIELDS = (
    Field("code", _("code"), required=True, longest=40, example="40", synonyms=words_for(
        "work_centre", en="work centre code|work center code|code|location id", de="Arbeitsplatznummer|Code")),
    Field("name", _("name"), longest=120, example="Paint", synonyms=words_for("name")),
    Field("line", _("line"), longest=40, example="LINE-A", synonyms=words_for("line"),
          note=_("Empty where the site has one line only.")),
    Field("places", _("places"), FieldType.WHOLE, smallest=Decimal(1), largest=Decimal(32767), example="2", synonyms={
        "en": ["places", "parallel places"], "de": ["Plätze", "Einzelkapazitäten"], "es": ["puestos"],
        "fr": ["postes"], "pl": ["liczba stanowisk"]}),
    Field("supply", _("material from"), REFERENCE, refers_to="locations", synonyms={
        "en": ["material from", "supply location"], "de": ["Material von"], "es": ["material desde"],
        "fr": ["matière depuis"], "pl": ["materiał z"]}),
    Field("output", _("goods to"), REFERENCE, refers_to="locations", synonyms={
        "en": ["goods to", "output location"], "de": ["Ware nach"], "es": ["producto hacia"],
        "fr": ["produits vers"], "pl": ["wyroby do"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes", synonyms={
        "en": ["active", "in use"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"], "pl": ["aktywny"]}),
    Field("labour_hour", _("an hour of a person"), NUMBER, smallest=Decimal(0), example="15.75", synonyms={
        "en": ["cost rate", "labour rate", "labor rate", "hourly rate"], "de": ["Kostensatz", "Stundensatz"],
        "es": ["tarifa por hora"], "fr": ["taux horaire"], "pl": ["stawka godzinowa"], "systems": ["CostRate"]}),
    Field("machine_hour", _("an hour of the machine"), NUMBER, smallest=Decimal(0), synonyms={
        "en": ["machine rate", "machine hour rate"], "de": ["Maschinenstundensatz"], "es": ["tarifa de máquina"],
        "fr": ["taux machine"], "pl": ["stawka maszyny"]}),
    Field("overhead_hour", _("overhead of an hour"), NUMBER, smallest=Decimal(0), synonyms={
        "en": ["overhead rate"], "de": ["Gemeinkostensatz"], "es": ["tarifa de gastos generales"],
        "fr": ["taux de frais généraux"], "pl": ["stawka kosztów pośrednich"]}),
    Field("rate_from", _("costs valid from"), FieldType.DATE, example="2026-01-01", synonyms={
        "en": ["rate valid from", "costs valid from"], "de": ["Kostensatz gültig ab"], "es": ["tarifa válida desde"],
        "fr": ["taux valable du"], "pl": ["stawka ważna od"]}, note=_("Empty: from today on.")),
    Field("availability", _("hours of capacity"), NUMBER, is_total=True, synonyms=words_for(
        "capacity", en="availability|capacity hours|hours of capacity"),
          note=_("Only added up. What a work centre can do follows from its places, machines and calendar.")),
)  # fmt: skip


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    centres = centres_seen(actor)
    if site is not None:
        centres = centres.filter(line__area__site=site)
    # The newest comes first, so the oldest is read first and the newest stays.
    rates = {rate.work_centre_id: rate for rate in rates_seen(actor).reverse()} if may(actor, SEE) else {}
    for centre in centres:
        rate = rates.get(centre.pk)
        yield {
            "code": centre.code, "name": centre.name, "line": centre.line.code, "places": centre.places,
            "supply": centre.supply.code if centre.supply else None,
            "output": centre.output.code if centre.output else None, "is_active": centre.is_active,
            "labour_hour": rate.labour_hour if rate else None, "machine_hour": rate.machine_hour if rate else None,
            "overhead_hour": rate.overhead_hour if rate else None, "rate_from": rate.valid_from if rate else None,
        }  # fmt: skip


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return dict(centres_seen(actor).filter(code__in=keys).values_list("code", "pk"))


def offer() -> None:
    """Work centres, before what is done at them."""
    offer_kind(
        Kind(
            "work_centres", _("Work centres"), MANAGE, FIELDS, ("code",), take_centres, _rows, needs_site=True,
            known=_known, old_id=("work centre id", "work center id", "workstation id", "Arbeitsplatz-ID"),
            synonyms={
                "en": ["work centres", "work centers", "workstations"], "de": ["Arbeitsplätze"],
                "es": ["centros de trabajo"], "fr": ["postes de charge"], "pl": ["stanowiska"], "systems": ["Location"],
            },
        )
    )  # fmt: skip
