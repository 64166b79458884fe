"""What orders of both sides share when they come from another system: their fields, and how rows become lines."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import hidden_fields, visible
from factory_core.importing.documents import Documents, Draft
from factory_core.importing.kinds import Context, Field, FieldType, Outcome, Row, Value
from factory_core.importing.matching import words_for
from factory_core.importing.records import shown
from factory_core.numbering.services import pass_over
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import found_by
from inventory.importers.goods import Goods
from inventory.items.models import Item
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.sales.models import SalesLine, SalesOrder
from inventory.stock.rules.valuation import money

D = TypeVar("D", PurchaseOrder, SalesOrder)
L = TypeVar("L", PurchaseLine, SalesLine)
NUMBER, DATE, REFERENCE = FieldType.NUMBER, FieldType.DATE, FieldType.REFERENCE
LEAST, MOST, MOST_MONEY = Decimal("0.000001"), Decimal(10) ** 11, Decimal(10) ** 13
CENT = Decimal("0.01")
SUMS = ("net", "tax", "freight", "total")
_HEAD_PLAIN = ("currency", "note", "ordered_on", "shipped_on")


def order_number(example: str, *, systems: str) -> Field:
    """The number of an order: the key of its rows."""
    return Field(
        "number", gettext_lazy("number"), required=True, of_parent=True, longest=30, example=example,
        synonyms=words_for("order_number", systems=systems),
    )  # fmt: skip


HEAD: tuple[Field, ...] = (
    Field("ordered_on", gettext_lazy("ordered on"), DATE, of_parent=True, example="2026-03-04",
          synonyms=words_for("ordered_on")),
    Field("shipped_on", gettext_lazy("sent off on"), DATE, of_parent=True, example="2026-03-12",
          synonyms=words_for("shipped_on")),
    Field("currency", gettext_lazy("currency"), of_parent=True, longest=3, example="EUR",
          synonyms=words_for("currency")),
    *(
        Field(name, label, NUMBER, of_parent=True, smallest=-MOST_MONEY, largest=MOST_MONEY, example=example,
              synonyms=words_for(concept), is_total=True)
        for name, label, concept, example in (
            ("net", gettext_lazy("net sum"), "subtotal", "200.00"),
            ("tax", gettext_lazy("tax"), "tax", "38.00"),
            ("freight", gettext_lazy("freight"), "freight", "5.00"),
            ("total", gettext_lazy("total"), "grand_total", "243.00"),
        )
    ),
    Field("note", gettext_lazy("note"), of_parent=True, longest=400, example="by lorry", synonyms=words_for("note")),
)  # fmt: skip
LINE: tuple[Field, ...] = (
    Field("position", gettext_lazy("position"), FieldType.WHOLE, smallest=Decimal(1), largest=Decimal(2**31 - 1),
          example="10", synonyms=words_for("line_number", systems="SalesOrderDetailID"),
          note=gettext_lazy("Tells the lines of one order apart. Without it they are numbered as they stand.")),
    Field("item", gettext_lazy("item"), REFERENCE, refers_to="items", example="HOUSING-12",
          synonyms=words_for("item")),
    Field("quantity", gettext_lazy("quantity"), NUMBER, smallest=LEAST, largest=MOST, example="12",
          synonyms=words_for("quantity"), is_total=True),
    Field("unit", gettext_lazy("unit"), REFERENCE, refers_to="units", example="pcs", synonyms=words_for("unit"),
          note=gettext_lazy("Without it, quantities are in the item's own unit.")),
    Field("price", gettext_lazy("price for one unit"), NUMBER, smallest=Decimal(0), largest=MOST, example="4.25",
          synonyms=words_for("price")),
    Field("line_total", gettext_lazy("sum of the line"), NUMBER, largest=MOST_MONEY, smallest=-MOST_MONEY,
          example="51.00", synonyms=words_for("line_total"), is_total=True,
          note=gettext_lazy("Compared with quantity × price; gives the price where none stands.")),
    Field("wanted_on", gettext_lazy("wanted on"), DATE, example="2026-03-20", synonyms=words_for("due_on"),
          note=gettext_lazy("In a row without an item: of the whole order.")),
    Field("promised_on", gettext_lazy("promised on"), DATE, example="2026-03-21", synonyms={
        "en": ("promised on", "promised", "confirmed date", "confirmed on"),
        "de": ("zugesagt am", "bestätigter Termin", "zugesagt"), "es": ("confirmado el", "fecha confirmada"),
        "fr": ("confirmé le", "date confirmée"), "pl": ("potwierdzono na", "data potwierdzona")}),
)  # fmt: skip


def six_digits(value: Value) -> Decimal | None:
    """A quantity or an amount with the digits that are kept."""
    return money(Decimal(value)) if isinstance(value, Decimal | int) else None


def value_missing(row: Row, name: str, label: Any) -> None:
    """Refuse a row that does not say what it has to."""
    row.refuse(
        name, "value_missing", _("“%(field)s” is empty.") % {"field": label},
        _("Fill it in, map its column, or say one value for all rows."),
    )  # fmt: skip


class Orders(Documents[D, L]):
    """Orders of one side: what they are called, whose they are, and which of their lines were worked on here."""

    # The column and field of the partner, and the side that partner stands on.
    partner: ClassVar[str]
    partner_label: ClassVar[Any]
    side: ClassVar[str]
    series: ClassVar[tuple[str, str]]
    own_text: ClassVar[str]
    # Status of an order of which nobody says one.
    runs: ClassVar[str]
    # Which orders go out in a file, by their columns.
    goes_out: ClassVar[Mapping[str, Any]] = {}
    line_fields = ("position", "item", "quantity")

    @abstractmethod
    def worked_on(self) -> set[int]:
        """Lines on which people of this plant received or sent something."""

    @classmethod
    def bring(cls, rows: Sequence[Row], context: Context) -> None:
        """See `kinds.Take`."""
        cls(rows, context).take()

    @classmethod
    def rows_out(cls, actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
        """Each line with what its order says; orders without lines in a row of their own."""
        hidden = hidden_fields(actor, cls.model) | hidden_fields(actor, cls.line_model)
        orders = cls.model.objects.select_related(cls.partner).filter(lines=None)
        lines = cls.line_model.objects.select_related(f"order__{cls.partner}", "item", "unit")
        wish = {**cls.goes_out, **({} if site is None else {"site": site})}
        bare = visible(actor, orders).filter(**wish)
        lines = visible(actor, lines).filter(**{f"order__{name}": value for name, value in wish.items()})
        for order in bare.order_by("number").iterator():
            yield {**cls._head_out(order, hidden), "wanted_on": order.wanted_on}
        for line in lines.order_by("order__number", "position").iterator():
            price = None if "price" in hidden else line.price
            yield {
                **cls._head_out(line.order, hidden),
                "position": line.position,
                "item": line.item.number,
                "quantity": line.quantity,
                "unit": line.unit.code,
                "price": price,
                "line_total": None if price is None else six_digits(price * line.quantity),
                "wanted_on": line.wanted_on,
                "promised_on": line.promised_on,
                **cls.came_out(line),
            }

    @classmethod
    def _head_out(cls, order: Any, hidden: Collection[str]) -> dict[str, Value]:
        return {
            "number": order.number,
            cls.partner: getattr(order, cls.partner).code,
            "status": order.status,
            "ordered_on": order.ordered_on,
            "shipped_on": order.shipped_on,
            "currency": order.currency,
            **{name: None if name in hidden else getattr(order, name) for name in SUMS},
            cls.own_text: getattr(order, cls.own_text) or None,
            "note": order.note or None,
        }

    @classmethod
    def known(cls, actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
        """Which of these numbers are orders that the person may see."""
        return dict(visible(actor, cls.model.objects.filter(number__in=keys)).values_list("number", "pk"))

    def prepare(self) -> None:
        """Items, units, partners and hands laid on: a constant number of questions."""
        self.goods = Goods.named(self._texts("item"), self._texts("unit"))
        codes = self._texts(self.partner)
        self.partners = {text: one.pk for text, one in found_by(Partner.objects.all(), "code", codes).items()}
        if self.context.creates_missing:
            made = [Partner(code=code, name=code, **{self.side: True}) for code in sorted(codes - self.partners.keys())]
            Partner.objects.bulk_create(made)
            self.partners |= {one.code: one.pk for one in made}
        self.used_lines = self.worked_on()
        actor = self.context.actor
        self.hides = hidden_fields(actor, self.model) | hidden_fields(actor, self.line_model)

    def new(self, number: str) -> Any:
        return self.model(number=number, site=self.context.site, status=self.runs, currency=settings.CURRENCY)

    def head(self, row: Row, draft: Draft[D, L]) -> Mapping[str, Any]:
        facts: dict[str, Any] = {name: row.values[name] for name in (*_HEAD_PLAIN, self.own_text) if name in row.values}
        facts |= {
            name: six_digits(row.values[name]) for name in SUMS if name in row.values and not self._hidden(row, name)
        }
        if isinstance(facts.get("currency"), str):
            facts["currency"] = facts["currency"].upper()
        if not self.is_line(row) and "wanted_on" in row.values:
            facts["wanted_on"] = row.values["wanted_on"]
        facts[f"{self.partner}_id"] = self._partner(row, draft)
        facts["status"] = self._status(row, draft)
        return facts

    def line(self, row: Row, draft: Draft[D, L], line: L, *, is_new: bool) -> Mapping[str, Any]:
        facts: dict[str, Any] = {name: row.values[name] for name in ("wanted_on", "promised_on") if name in row.values}
        item = self._item(row, line, is_new=is_new)
        if item is None:
            return {}
        quantity = six_digits(row.values.get("quantity"))
        if quantity is None and is_new:
            value_missing(row, "quantity", gettext_lazy("quantity"))
            return {}
        facts["item_id"], facts["quantity"] = item.pk, quantity
        facts |= self._unit(row, item, is_new=is_new)
        if not self._hidden(row, "price"):
            facts["price"] = self._price(row, quantity or line.quantity)
        if is_new and facts.get("wanted_on") is None:
            facts["wanted_on"] = draft.document.wanted_on
        facts |= self.came(row, draft, quantity, is_new=is_new)
        if not is_new and line.pk in self.used_lines:
            self._refuse_worked_on(row, line, facts)
        return facts

    @abstractmethod
    def came(self, row: Row, draft: Draft[D, L], quantity: Decimal | None, *, is_new: bool) -> dict[str, Any]:
        """What a row says of quantities that came or went in the old system. May refuse the row."""

    @staticmethod
    @abstractmethod
    def came_out(line: Any) -> dict[str, Value]:
        """The same of a line here, for the file that goes out."""

    def after(self, drafts: Sequence[Draft[D, L]]) -> None:
        code, prefix = self.series
        pass_over(code, [str(row.document.number) for row in drafts if row.is_new], prefix=prefix)

    def shown(self, name: str, value: Any) -> str:
        """Names instead of keys in the list of changes."""
        if not name.endswith("_id") or value is None:
            return shown(value)
        named = {
            "item_id": {one.pk: one.number for one in self.goods.items.values()},
            "unit_id": {one.pk: one.code for one in self.goods.units.values()},
        }.get(name, {key: code for code, key in self.partners.items()})
        return str(named.get(value, value))

    def _texts(self, name: str) -> set[str]:
        return {str(value) for row in self.rows if (value := row.values.get(name)) is not None}

    def _hidden(self, row: Row, name: str) -> bool:
        """Whether this person must not write an amount; whoever tries is told."""
        if name not in self.hides:
            return False
        if row.values.get(name) is not None:
            row.refuse(
                name, "not_allowed", _("You may not see prices here, so you cannot bring any."), _("Leave it out.")
            )
        return True

    def _partner(self, row: Row, draft: Draft[D, L]) -> int | None:
        code = row.values.get(self.partner)
        found = self.partners.get(str(code)) if code is not None else None
        if code is not None and found is None:
            row.refuse(self.partner, "unknown_reference", _("There is no “%(value)s”.") % {"value": str(code)[:60]})
        elif found is None and draft.is_new and f"{self.partner}_id" not in draft.said:
            if self.is_line(row):
                row.refuse(
                    "number", "unknown_document",
                    _("There is no order “%(number)s”, and this row does not say whose it is.")
                    % {"number": row.values["number"]},
                    _("Bring the heads of the orders first, or map the column that names the partner."),
                )  # fmt: skip
            else:
                value_missing(row, self.partner, self.partner_label)
        return found

    def _status(self, row: Row, draft: Draft[D, L]) -> Value:
        status, order = row.values.get("status"), draft.document
        if status is None or draft.is_new or status == order.status:
            return status
        if any(line.pk in self.used_lines for line in draft.lines.values()):
            row.refuse(
                "status", "worked_on_here",
                _("Goods of “%(number)s” were booked here since; its status is changed on its page.")
                % {"number": row.values["number"]},
                _("Leave the status out for this row."),
            )  # fmt: skip
        return status

    def _item(self, row: Row, line: L, *, is_new: bool) -> Item | None:
        number = row.values.get("item")
        if number is None:
            if not is_new:
                return line.item
            value_missing(row, "item", gettext_lazy("item"))
            return None
        item = self.goods.items.get(str(number))
        if item is None:
            row.refuse(
                "item", "unknown_reference", _("There is no item “%(value)s”.") % {"value": str(number)[:60]},
                _("One that exists: import items first, or pick another."),
            )  # fmt: skip
        return item

    def _unit(self, row: Row, item: Item, *, is_new: bool) -> dict[str, Any]:
        if row.values.get("unit") is None and not is_new:
            return {}
        counted = self.goods.counted_in(row, item)
        return {} if counted is None else {"unit_id": counted[0].pk, "factor": counted[1]}

    def _price(self, row: Row, quantity: Decimal) -> Decimal | None:
        price, total = six_digits(row.values.get("price")), row.values.get("line_total")
        if not isinstance(total, Decimal | int):
            return price
        if price is None:
            return six_digits(total / quantity)
        if abs(price * quantity - total) >= CENT:
            row.warn(
                "line_total", "total_differs",
                _("%(quantity)s × %(price)s is not %(total)s.")
                % {"quantity": shown(quantity), "price": shown(price), "total": shown(Decimal(total))},
                _("The price counts; look whether a discount is missing."),
            )  # fmt: skip
        return price

    def _refuse_worked_on(self, row: Row, line: L, facts: Mapping[str, Any]) -> None:
        kept = facts.keys() - {"price", "wanted_on", "promised_on", "expected_on"}
        differs = [name for name in sorted(kept) if facts[name] not in (None, getattr(line, name))]
        if differs and row.outcome is not Outcome.REFUSED:
            row.refuse(
                differs[0].removesuffix("_id"), "worked_on_here",
                _("Goods of this line were booked here since; what came and went is told by them."),
                _("The same as stands here, or leave the row out."),
            )  # fmt: skip
