"""Customers and suppliers of the old system come over."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Take, Value, offer_kind
from factory_core.importing.records import Records, same_names
from factory_core.partners.models import Partner
from factory_core.partners.queries import partners_seen
from factory_core.partners.services import check_facts
from factory_core.people.models import User
from factory_core.plant.models import Site

MANAGE = "partner.manage"
_SIDES = ("is_customer", "is_supplier")
_NAMES = ("name", "vat_number", "gln", "email", "phone", "payment_terms", "language", "is_active")

CODE = Field(
    "code", _("code"), required=True, longest=40, example="C-1004",
    synonyms={
        "en": ["code", "partner code", "account number", "account"],
        "de": ["Code", "Kontonummer", "Partnernummer"], "es": ["código", "cuenta"],
        "fr": ["code", "compte"], "pl": ["kod", "konto"],
    },
)  # fmt: skip
FIELDS = (
    Field("name", _("name"), required=True, longest=160, example="Smith & Sons", synonyms={
        "en": ["name", "company", "company name"], "de": ["Name", "Firma"], "es": ["nombre", "empresa", "razón social"],
        "fr": ["nom", "société", "raison sociale"], "pl": ["nazwa", "firma"]}),
    Field("vat_number", _("VAT number"), longest=40, example="DE123456789", synonyms={
        "en": ["vat number", "vat", "tax id"], "de": ["USt-IdNr", "Umsatzsteuer-ID"], "es": ["NIF", "CIF"],
        "fr": ["numéro de TVA", "TVA"], "pl": ["NIP"]}),
    Field("gln", _("GLN"), longest=13, example="4012345000009", synonyms={"en": ["gln", "ean location"]}),
    Field("email", _("e-mail"), longest=254, example="office@example.com", synonyms={
        "en": ["email", "e-mail", "email address"], "de": ["E-Mail"], "es": ["correo electrónico", "correo"],
        "fr": ["courriel", "e-mail"], "pl": ["e-mail", "adres e-mail"]}),
    Field("phone", _("phone"), longest=40, example="+49 421 1234", synonyms={
        "en": ["phone", "telephone", "phone number"], "de": ["Telefon", "Tel"], "es": ["teléfono"],
        "fr": ["téléphone"], "pl": ["telefon"]}),
    Field("payment_terms", _("payment terms"), longest=120, example="30 days net", synonyms={
        "en": ["payment terms", "terms"], "de": ["Zahlungsbedingungen", "Zahlungsziel"],
        "es": ["condiciones de pago"], "fr": ["conditions de paiement"], "pl": ["warunki płatności"]}),
    Field("language", _("language of papers"), longest=10, example="de", synonyms={
        "en": ["language"], "de": ["Sprache"], "es": ["idioma"], "fr": ["langue"], "pl": ["język"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes", synonyms={
        "en": ["active", "in use", "active flag"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"],
        "pl": ["aktywny"]}),
)  # fmt: skip
# Old systems keep people among their customers without a name, and branches under the name of their company.
OWN_NAME = replace(
    FIELDS[0], required=False, note=_("Where no name is said, the code stands for it, or the name of “named after”.")
)
NAMED_AFTER = Field(
    "named_after", _("named after"), FieldType.REFERENCE, refers_to="partners", example="C-1000", synonyms={
        "en": ["named after", "company id", "store id", "parent company", "belongs to company"],
        "de": ["benannt nach", "gehört zu Firma", "Konzern"], "es": ["empresa matriz"], "fr": ["société mère"],
        "pl": ["firma macierzysta"], "systems": ["StoreID"]},
    note=_("A partner whose name this one bears, where no name is said."),
)  # fmt: skip
SIDES = (
    Field("is_customer", _("customer"), FieldType.YES_NO, example="yes", synonyms={
        "en": ["customer", "is customer"], "de": ["Kunde"], "es": ["cliente"], "fr": ["client"], "pl": ["klient"]}),
    Field("is_supplier", _("supplier"), FieldType.YES_NO, example="no", synonyms={
        "en": ["supplier", "vendor", "is supplier"], "de": ["Lieferant"], "es": ["proveedor"],
        "fr": ["fournisseur"], "pl": ["dostawca"]}),
)  # fmt: skip


def _taker(side: str = "") -> Take:
    """Rows that say both sides themselves, or rows that are all customers, or all suppliers."""
    names = same_names(*_NAMES, *(() if side else _SIDES))

    def facts(row: Row) -> Mapping[str, Any]:
        return {**names(row), side: True} if side else names(row)

    if side != "is_customer":
        return Records(Partner, "code", facts, check_facts, {}).take

    def take(rows: Sequence[Row], context: Context) -> None:
        wanted = {str(value) for row in rows if (value := row.values.get("named_after")) is not None}
        names = dict(partners_seen(context.actor, unused=True).filter(code__in=wanted).values_list("code", "name"))

        def bears(row: Row) -> Mapping[str, Any]:
            return {"name": names.get(str(row.values.get("named_after")), str(row.values["code"]))}

        Records(Partner, "code", facts, check_facts, {}, bears).take(rows, context)

    return take


def _rows(side: str = "") -> Callable[[User, Site | None], Iterator[Mapping[str, Value]]]:
    names = ("code", *_NAMES, *(() if side else _SIDES))

    def rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
        yield from partners_seen(actor, side=side.removeprefix("is_"), unused=True).values(*names).iterator()

    return rows


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return dict(partners_seen(actor, unused=True).filter(code__in=keys).values_list("code", "pk"))


def offer() -> None:
    """The three ways in which companies come."""
    for name, label, side, words in (
        ("partners", _("Partners"), "", {}),
        ("customers", _("Customers"), "is_customer", {
            "en": ["customers", "stores", "clients"], "de": ["Kunden"], "es": ["clientes"], "fr": ["clients"],
            "pl": ["klienci"]}),
        ("suppliers", _("Suppliers"), "is_supplier", {
            "en": ["suppliers", "vendors"], "de": ["Lieferanten"], "es": ["proveedores"], "fr": ["fournisseurs"],
            "pl": ["dostawcy"]}),
    ):  # fmt: skip
        named = (OWN_NAME, *FIELDS[1:], NAMED_AFTER) if side == "is_customer" else FIELDS
        offer_kind(
            Kind(
                name, label, MANAGE, (CODE, *named, *(() if side else SIDES)), ("code",), _taker(side), _rows(side),
                known=_known, synonyms=words,
                old_id=("business entity id", "partner id", "customer id", "vendor id", "id"),
            )
        )  # fmt: skip
