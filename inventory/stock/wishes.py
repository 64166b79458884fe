"""What the acts of stock are told through the API: things by id or code, a quantity in any unit of the item."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from factory_core.access.policy import visible
from factory_core.errors import Invalid
from factory_core.partners.models import Partner
from inventory.items.models import Item
from inventory.items.queries import to_base, unit_or_missing
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.lots.queries import lots_seen
from inventory.stock.queries.places import places_seen


class NoSuchThing(Invalid):
    """A thing the wish names is not there, or not for the asker."""

    code = "no_such_thing"


class Wish(serializers.Serializer[Any]):
    """What every act is told: item, quantity with its unit (left out: the item's own), and when it happened."""

    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none(), required=False)
    item_number = serializers.CharField(max_length=60, required=False, write_only=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)

    # The fields that name a place; a code may be sent instead of the id, as `<name>_code`.
    place_names: tuple[str, ...] = ()
    optional_places: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        """Only what the asker may see can be named; what is hidden is as if it did not exist."""
        fields: dict[str, Any] = super().get_fields()
        asker: Any = self.context.get("asker")
        seen: dict[str, Any] = {"item": visible(asker, Item.objects.select_related("unit"))}
        if "lot" in fields:
            seen["lot"] = lots_seen(asker)
        if "to_item" in fields:
            seen["to_item"] = seen["item"]
        if "partner" in fields:
            seen["partner"] = visible(asker, Partner.objects.filter(is_active=True))
        for name in self.place_names:
            seen[name] = places_seen(asker)
            fields[f"{name}_code"] = serializers.CharField(max_length=60, required=False)
        for name, rows in seen.items():
            fields[name] = serializers.PrimaryKeyRelatedField(
                queryset=rows, required=name == "to_item", allow_null=name in {"partner", "lot"}
            )
        return fields

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Find what was named by code. Raises NoSuchThing for what is missing."""
        asker = self.context["asker"]
        given["item"] = self._one(
            given, "item", visible(asker, Item.objects.select_related("unit")), "item_number", "number"
        )
        for name in self.place_names:
            if name in self.optional_places and not given.get(name) and not given.get(f"{name}_code"):
                given[name] = None
                continue
            given[name] = self._one(given, name, places_seen(asker), f"{name}_code", "code")
        if "lot" in self.fields:
            number = given.pop("lot_number", "")
            if given.get("lot") is None and number:
                given["lot"] = lots_seen(asker).filter(item=given["item"], number=number).first()
                if given["lot"] is None:
                    raise NoSuchThing(_("%(item)s has no lot %(lot)s.") % {"item": given["item"].number, "lot": number})
        return given

    def _one(self, given: dict[str, Any], name: str, rows: Any, code_name: str, column: str) -> Any:
        code = given.pop(code_name, "")
        thing = given.get(name) or (rows.filter(**{column: code}).first() if code else None)
        if thing is None:
            said = _("There is no '%(code)s' that you may see.") % {"code": code} if code else _("This is missing.")
            pointer = f"/{code_name if code else name}"
            raise NoSuchThing(said, errors=[{"pointer": pointer, "code": "no_such_thing", "message": said}])
        return thing

    @property
    def meant_item(self) -> Item:
        """The item the act is about."""
        found: Item = self.validated_data["item"]
        return found

    @property
    def meant_lot(self) -> Lot | None:
        """The lot that was named."""
        found: Lot | None = self.validated_data.get("lot")
        return found

    @property
    def is_tracked(self) -> bool:
        """Whether stock of the item is told apart."""
        return self.is_kept(self.meant_item)

    @staticmethod
    def is_kept(item: Item) -> bool:
        """Whether stock of an item is told apart."""
        return item.tracking != Tracking.NONE

    def places(self, *names: str) -> dict[str, Any]:
        """The places (and the partner) by name."""
        return {name: self.validated_data.get(name) for name in names}

    def base_quantity(self) -> Decimal:
        """The quantity in the item's base unit. Raises NoSuchUnit, NoConversion."""
        code, quantity = self.validated_data["unit"], self.validated_data["quantity"]
        if not code or code == self.meant_item.unit.code:
            return Decimal(quantity)
        return to_base(self.meant_item, quantity, unit_or_missing(self.context["asker"], code))


class LotWish(Wish):
    """An act with stock that is there: its lot by id or number."""

    lot = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.none(), required=False, allow_null=True)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, write_only=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class NewLot:
    """Reads the lot that comes into being."""

    validated_data: dict[str, Any]

    def lot_named(self, number: str = "lot_number") -> dict[str, Any]:
        """What is said of the lot; an empty number is drawn by the house."""
        given = self.validated_data
        return {
            "number": given.get(number, ""),
            "supplier": given.get("partner"),
            **{name: given[name] for name in ("supplier_lot", "made_on", "expires_on") if given.get(name)},
        }


class ReceiveWish(NewLot, Wish):
    """Goods come: where to, from whom, and what stands on their label."""

    place_names = ("to_location",)
    partner = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none(), required=False, allow_null=True)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    supplier_lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    made_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)


class TransferWish(LotWish):
    place_names = ("from_location", "to_location")


class IssueWish(LotWish):
    place_names = ("from_location",)


class ReturnWish(LotWish):
    place_names = ("to_location",)


class ScrapWish(LotWish):
    place_names = ("from_location",)


class RegradeWish(NewLot, LotWish):
    """What it becomes, and where that lies (left out: where it lay)."""

    place_names = ("from_location", "to_location")
    optional_places = ("to_location",)
    to_item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    to_lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class CorrectWish(serializers.Serializer[Any]):
    """Why a move is taken back."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)
