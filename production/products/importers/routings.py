"""Routings of the old system come over: operations with their times and what is told at each, and go out so."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.products import events
from production.products.importers.boms import STATUS_WORDS
from production.products.queries.designs import operations_seen
from production.products.services.bringing.routings import take_routings
from production.products.services.common import MANAGE

DATE, YES_NO, NUMBER, WHOLE, CHOICE, REFERENCE = (
    FieldType.DATE, FieldType.YES_NO, FieldType.NUMBER, FieldType.WHOLE, FieldType.CHOICE, FieldType.REFERENCE,
)  # fmt: skip
NONE = Decimal(0)
# Only what names the document is filled in from the row above: two versions of one item may differ in the rest.
HEAD = (
    Field("item", _("item made"), REFERENCE, refers_to="items", of_parent=True, longest=60, example="FR-T98Y-60",
          synonyms=words_for("part_number", en="item|item number|part number|product number|product")),
    Field("model", _("model of items"), of_parent=True, longest=200, example="HL Touring Frame", synonyms={
        "en": ["model", "product model", "model name", "name", "product family"],
        "de": ["Modell", "Produktmodell", "Produktfamilie"], "es": ["modelo"], "fr": ["modèle"], "pl": ["model"]},
          note=_("Instead of an item: all items called so, or so and then “ - ” or “, ” and what tells them apart.")),
    Field("version", _("version"), of_parent=True, longest=20, example="1", synonyms={
        "en": ["version", "routing version"], "de": ["Version", "Arbeitsplanversion"], "es": ["versión"],
        "fr": ["version"], "pl": ["wersja"]}),
    Field("status", _("status"), CHOICE, choices=events.STATUS_WORDS, words=STATUS_WORDS, example="released",
          synonyms={"en": ["routing status"], "de": ["Arbeitsplanstatus"], "es": ["estado de ruta"],
                    "fr": ["statut de gamme"], "pl": ["status marszruty"]}, note=_("Empty: released.")),
    Field("lead_time_days", _("lead time in working days"), WHOLE, smallest=NONE, example="3",
          largest=Decimal(100_000), synonyms=words_for("lead_time")),
    Field("routing_valid_from", _("version valid from"), DATE, synonyms={
        "en": ["routing valid from"], "de": ["Arbeitsplan gültig ab"], "es": ["ruta válida desde"],
        "fr": ["gamme valable du"], "pl": ["marszruta ważna od"]}),
    Field("routing_valid_until", _("version valid until before"), DATE, synonyms={
        "en": ["routing valid until"], "de": ["Arbeitsplan gültig bis vor"], "es": ["ruta válida hasta antes de"],
        "fr": ["gamme valable avant le"], "pl": ["marszruta ważna przed"]}),
    Field("routing_note", _("what changed"), longest=400, synonyms={
        "en": ["change note"], "de": ["Änderungsgrund"], "es": ["motivo del cambio"], "fr": ["motif du changement"],
        "pl": ["powód zmiany"]}),
    Field("names_some", _("names only some operations"), YES_NO, example="no", synonyms={
        "en": ["names only some operations"], "de": ["nennt nur einige Arbeitsgänge"],
        "es": ["solo algunas operaciones"], "fr": ["quelques opérations seulement"],
        "pl": ["tylko niektóre operacje"]},
          note=_("Yes: operations that the file does not name stay. Otherwise a file names all of them.")),
)  # fmt: skip
STEPS = (
    Field("number", _("operation number"), WHOLE, smallest=Decimal(1), example="10", synonyms={
        "en": ["operation number", "operation no", "op", "operation sequence", "sequence", "location sequence"],
        "de": ["Arbeitsgangnummer", "AG-Nr.", "Vorgangsnummer", "AVO"], "es": ["número de operación", "secuencia"],
        "fr": ["numéro d'opération", "phase"], "pl": ["numer operacji", "nr operacji"],
        "systems": ["LocationSequence", "VORNR", "sequence_id", "OperationSequence"]}),
    Field("operation", _("operation"), longest=120, example="Frame welding", synonyms={
        "en": ["operation", "operation name", "operation description"],
        "de": ["Arbeitsgang", "Arbeitsgangbezeichnung", "Vorgangstext"], "es": ["operación", "nombre de operación"],
        "fr": ["opération", "nom d'opération"], "pl": ["operacja", "nazwa operacji"]},
          note=_("Empty: called as its work centre.")),
    Field("work_centre", _("work centre"), REFERENCE, refers_to="work_centres", example="20",
          synonyms=words_for("work_centre")),
    Field("machine", _("only on machine"), REFERENCE, refers_to="machines", synonyms=words_for("machine")),
    Field("step_number", _("number of the instruction"), WHOLE, smallest=Decimal(1), example="1", synonyms={
        "en": ["step number", "instruction number", "step no"], "de": ["Schrittnummer", "Anweisungsnummer"],
        "es": ["número de paso"], "fr": ["numéro d'étape"], "pl": ["numer kroku"], "systems": ["StepNumber"]}),
    Field("step", _("instruction"), example="Insert the sheet into the framing tool.", synonyms={
        "en": ["step", "instruction", "work instruction", "instructions"], "de": ["Schritt", "Arbeitsanweisung"],
        "es": ["paso", "instrucción"], "fr": ["étape", "consigne"], "pl": ["krok", "instrukcja"],
        "systems": ["Step"]}),
    Field("must_confirm", _("must be confirmed"), YES_NO, example="no", synonyms={
        "en": ["must be confirmed"], "de": ["muss bestätigt werden"], "es": ["se debe confirmar"],
        "fr": ["à confirmer"], "pl": ["wymaga potwierdzenia"]}),
)  # fmt: skip


def _time(name: str, label: object, *words: str, note: object = "", **more: str) -> Field:
    synonyms = dict(zip(("en", "de", "es", "fr", "pl"), ([word] for word in words), strict=True))
    for language, text in more.items():
        synonyms[language] = [*synonyms.get(language, []), *text.split("|")]
    return Field(name, label, NUMBER, smallest=NONE, synonyms=synonyms, note=note)


TIMES = (
    _time("setup_hours", _("set-up hours"), "setup hours", "Rüststunden", "horas de preparación",
          "heures de réglage", "godziny przygotowania", systems="SetupHours"),
    _time("machine_hours", _("machine hours of a lot"), "machine hours", "Maschinenstunden", "horas de máquina",
          "heures machine", "godziny maszyny", systems="MachineHours"),
    _time("labour_hours", _("labour hours of a lot"), "labour hours", "Arbeitsstunden", "horas de mano de obra",
          "heures de main-d'œuvre", "godziny pracy", en="labor hours", systems="LaborHours",
          note=_("All the people's time of a lot; set-up then needs nobody beside.")),
    _time("lot_size", _("lot size"), "lot size", "Losgröße", "tamaño de lote", "taille de lot", "wielkość partii",
          systems="LotSize", note=_("Of how many pieces the hours are; empty: of one.")),
    _time("setup_minutes", _("set-up minutes"), "setup minutes", "Rüstminuten", "minutos de preparación",
          "minutes de réglage", "minuty przygotowania", en="setup min|setup time (min)|setup time min",
          de="Rüstzeit (min)|Rüstzeit min|tr"),
    _time("run_minutes", _("minutes a piece"), "run minutes", "Stückzeit (min)", "minutos por pieza",
          "minutes par pièce", "minuty na sztukę", en="run min|run time (min)|minutes per piece|run time min",
          de="Stückzeit min|te|Minuten je Stück"),
    _time("setup_seconds", _("set-up seconds"), "setup seconds", "Rüstsekunden", "segundos de preparación",
          "secondes de réglage", "sekundy przygotowania", en="setup sec|setup time (s)"),
    _time("run_seconds", _("seconds a piece"), "run seconds", "Stückzeit (s)", "segundos por pieza",
          "secondes par pièce", "sekundy na sztukę", en="run sec|cycle time (s)|seconds per piece"),
    _time("wait_minutes", _("minutes of waiting after it"), "wait minutes", "Liegezeit (min)", "minutos de espera",
          "minutes d'attente", "minuty oczekiwania", en="queue time (min)"),
    _time("wait_seconds", _("seconds of waiting after it"), "wait seconds", "Liegezeit (s)", "segundos de espera",
          "secondes d'attente", "sekundy oczekiwania"),
    _time("setup_crew", _("people for set-up"), "setup crew", "Personen beim Rüsten", "personas en preparación",
          "personnes au réglage", "osoby przy przygotowaniu"),
    _time("run_crew", _("people while it runs"), "run crew", "Personen im Lauf", "personas en marcha",
          "personnes en marche", "osoby przy pracy", en="crew size|people"),
    Field("loss_percent", _("loss in percent"), NUMBER, synonyms=words_for("scrap_percent"), example="2"),
    Field("count_by", _("counted by"), CHOICE, choices=events.COUNT_WORDS, synonyms={
        "en": ["counted by"], "de": ["gezählt von"], "es": ["contado por"], "fr": ["compté par"],
        "pl": ["liczone przez"]}),
    Field("time_rule", _("time of several people"), CHOICE, choices=events.TIME_WORDS, synonyms={
        "en": ["time of several people"], "de": ["Zeit mehrerer Personen"], "es": ["tiempo de varias personas"],
        "fr": ["temps à plusieurs"], "pl": ["czas kilku osób"]}),
)  # fmt: skip


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    for one in operations_seen(actor).iterator(chunk_size=2000):
        routing = one.routing
        said: dict[str, Value] = {
            "item": routing.item.number, "version": routing.code, "status": routing.status,
            "lead_time_days": routing.lead_time_days, "routing_valid_from": routing.valid_from,
            "routing_valid_until": routing.valid_until, "routing_note": routing.note or None, "number": one.number,
            "operation": one.name, "work_centre": one.work_centre.code,
            "machine": one.machine.code if one.machine else None,
            "setup_seconds": one.setup_s, "run_seconds": one.run_s, "wait_seconds": one.wait_s,
            "setup_crew": one.setup_crew, "run_crew": one.run_crew, "loss_percent": one.loss_percent,
            "count_by": one.count_by, "time_rule": one.time_rule,
        }  # fmt: skip
        told = list(one.instructions.all())
        for each in told:
            yield {**said, "step_number": each.position, "step": each.text, "must_confirm": each.must_confirm}
        if not told:
            yield said


def offer() -> None:
    """Operations of routings; an operation with several instructions has a row for each."""
    offer_kind(
        Kind(
            "routings", _("Routings"), MANAGE, (*HEAD, *STEPS, *TIMES), ("item", "number"), take_routings, _rows,
            adds_up=True, note=_("A released routing that differs is followed by a new version."),
            synonyms={
                "en": ["routing", "routings", "process plan", "operations"], "de": ["Arbeitsplan", "Arbeitspläne"],
                "es": ["ruta", "hoja de ruta"], "fr": ["gamme"], "pl": ["marszruta", "technologia"],
                "systems": ["vProductModelInstructions"],
            },
        )
    )  # fmt: skip
