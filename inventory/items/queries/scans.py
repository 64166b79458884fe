"""What a scan means: labels, barcodes of items and packs, GTINs, item numbers, and what other rooms know."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Invalid
from factory_core.plant.models import Site
from inventory.items.models import Item, ItemBarcode, Unit
from inventory.items.queries.finding import Actor, item_of, items_seen
from inventory.items.rules import gs1
from inventory.items.rules.gs1 import Fault, GsOne, Unreadable

LONGEST = 400


class UnknownScan(Invalid):
    """Nobody knows what was scanned; the sentence says what was read and what was expected."""

    code = "unknown_scan"


@dataclass(frozen=True)
class Scanned:
    """What was read: the item if one is meant, and what the label says besides."""

    text: str
    item: Item | None = None
    lot_number: str = ""
    serial: str = ""
    expires_on: date | None = None
    made_on: date | None = None
    quantity: Decimal | None = None
    unit: Unit | None = None
    sscc: str = ""


class ScanReader(Protocol):
    """Another room's knowledge of scans, for example lot numbers; `item` is given where it is known already."""

    def __call__(self, actor: Actor, text: str, item: Item | None, site: Site | None) -> Scanned | None:
        """What the text means, or None. May raise UnknownScan where it means several things."""


_readers: list[ScanReader] = []


def offer_reader(reader: ScanReader) -> None:
    """Ask this too when a scan is no item (called when an app starts)."""
    if reader not in _readers:
        _readers.append(reader)


def read_scan(actor: Actor, text: str, site: Site | None = None, *, at: datetime) -> Scanned:
    """What a scan means to somebody. `at` decides the century of two-digit years. Raises UnknownScan."""
    read = text.strip(" \t\r\n")[:LONGEST]
    if not read:
        raise UnknownScan(_("Nothing was read. Scan a label, or type a number."))
    found = _of_barcode(actor, read) or _of_number(actor, read) or _of_gtin(actor, read)
    if found is not None:
        return found
    if gs1.looks_like_gs1(read):
        return _of_label(actor, read, site, at.year)
    for reader in _readers:
        if (known := reader(actor, read, None, site)) is not None:
            return known
    sentence = _("Read %(read)s, which is no item, barcode, GTIN or lot that you may see. Expected one of these.")
    digit = ""
    if len(read) in (8, 12, 13, 14) and gs1.is_digits(read) and not gs1.is_gtin(read):
        digit = gs1.check_digit(read[:-1])
        sentence = _("Read %(read)s, which nobody knows. As a GTIN its last digit should be %(digit)s: scan again.")
    raise UnknownScan(sentence % {"read": _shown(read), "digit": digit}, read=read)


def _of_barcode(actor: Actor, code: str) -> Scanned | None:
    known = _barcode(actor, [code])
    return None if known is None else Scanned(code, known.item, unit=known.unit)


def _of_number(actor: Actor, text: str) -> Scanned | None:
    item = item_of(actor, text)
    return None if item is None else Scanned(text, item)


def _of_gtin(actor: Actor, text: str) -> Scanned | None:
    if not gs1.is_gtin(text):
        return None
    item, unit = _thing_of_gtin(actor, text)
    return None if item is None else Scanned(text, item, unit=unit)


def _of_label(actor: Actor, text: str, site: Site | None, year: int) -> Scanned:
    def known_whole(before: GsOne, identifier: str, value: str) -> bool:
        item, _unit = _thing_of_gtin(actor, before.gtin) if before.gtin else (None, None)
        return item is not None and any(reader(actor, value, item, site) is not None for reader in _readers)

    try:
        label = gs1.parse(text, known_whole)
    except Unreadable as fault:
        raise UnknownScan(_why(fault, text), read=text, fault=fault.fault.value) from None
    said = Scanned(
        text,
        lot_number=label.lot,
        serial=label.serial,
        expires_on=label.expires_on(year),
        made_on=label.made_on(year),
        sscc=label.sscc,
    )
    if not label.gtin:
        if label.sscc or label.lot or label.serial:
            return said
        raise UnknownScan(
            _("Read the label %(read)s. Expected a GTIN (01), a lot (10), a serial (21) or a pallet (00) on it.")
            % {"read": _shown(text)},
            read=text,
        )
    item, unit = _thing_of_gtin(actor, label.gtin)
    if item is None:
        raise UnknownScan(
            _("Read the GTIN %(gtin)s. Expected the GTIN or a barcode of an item; enter it at the item it belongs to.")
            % {"gtin": label.gtin},
            read=text,
        )
    quantity, unit = _amount(label, item, unit)
    return replace(said, item=item, quantity=quantity, unit=unit)


def _amount(label: GsOne, item: Item, unit: Unit | None) -> tuple[Decimal | None, Unit | None]:
    if label.count is not None:
        return label.count, unit or item.unit
    if (measure := label.measure) is not None:
        known = Unit.objects.filter(code=measure[1]).first()
        if known is not None:
            return measure[0], known
    return None, unit


def _thing_of_gtin(actor: Actor, gtin: str) -> tuple[Item | None, Unit | None]:
    forms = gs1.gtin_forms(gtin)
    item = items_seen(actor).filter(gtin__in=forms).first()
    if item is not None:
        return item, None
    pack = _barcode(actor, forms)
    return (None, None) if pack is None else (pack.item, pack.unit)


def _barcode(actor: Actor, codes: Sequence[str]) -> ItemBarcode | None:
    rows = ItemBarcode.objects.select_related("item__unit", "item__category", "unit")
    return visible(actor, rows).filter(code__in=codes).first()


def _shown(text: str) -> str:
    return text.replace(gs1.SEPARATOR, "␝")[:80]


def _why(fault: Unreadable, text: str) -> str:
    sentences = {
        Fault.CHECK_DIGIT: _(
            "Read %(value)s, whose last digit should be %(expected)s. Scan again; if it stays, the label is wrong."
        ),
        Fault.NO_SEPARATOR: _(
            "Read %(value)s after (%(identifier)s), but %(expected)s may be the next element: the scanner leaves out"
            " the separator (FNC1). Let it send the separator, or type the number by hand."
        ),
        Fault.TOO_SHORT: _("Read %(value)s after (%(identifier)s). Expected %(expected)s characters; scan again."),
        Fault.TOO_LONG: _("Read %(value)s after (%(identifier)s). Expected at most %(expected)s characters."),
        Fault.NOT_DIGITS: _("Read %(value)s after (%(identifier)s). Expected digits only."),
        Fault.BAD_LETTER: _("Read %(value)s after (%(identifier)s), with a character that labels do not have."),
        Fault.BAD_DATE: _("Read %(value)s after (%(identifier)s). Expected a day as year, month, day: YYMMDD."),
        Fault.UNKNOWN_IDENTIFIER: _(
            "Read %(value)s where an identifier such as 01, 10, 17 or 21 was expected. Scan the whole label again."
        ),
        Fault.TWICE: _("Read (%(identifier)s) twice: %(expected)s and %(value)s. Scan one label at a time."),
        Fault.NO_CONTENT: _("Read %(text)s. Expected a label with a GTIN, a lot or a serial."),
    }
    values = {"value": _shown(fault.read), "identifier": fault.identifier, "expected": _shown(fault.expected)}
    return sentences[fault.fault] % {**values, "text": _shown(text)}
