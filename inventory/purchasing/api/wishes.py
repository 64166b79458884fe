"""What may be asked of purchase orders, requests and enquiries through the API."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.web.taps import tapped_at
from inventory.items.models import Item, Unit
from inventory.lots.models import Lot
from inventory.purchasing import services
from inventory.stock.models import Location

QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 6}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6, "min_value": 0}


class Wish(serializers.Serializer[Any]):
    """What somebody wants; things they may not see do not exist for them."""

    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """References to visible rows only."""
        fields, asker = super().get_fields(), self.context.get("asker")
        seen: dict[str, Any] = {
            "supplier": Partner.objects.filter(is_supplier=True), "site": Site.objects.all(),
            "item": Item.objects.all(), "to_location": Location.objects.all(), "lot": Lot.objects.all(),
            "from_location": Location.objects.all(), "suppliers": Partner.objects.filter(is_supplier=True),
        }  # fmt: skip
        for name in seen.keys() & fields.keys():
            field: Any = getattr(fields[name], "child_relation", fields[name])
            field.queryset = visible(asker, seen[name])
        return fields


class LineWish(Wish):
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    quantity = serializers.DecimalField(**QUANTITY)
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.all(), required=False)
    price = serializers.DecimalField(**PRICE, required=False, allow_null=True)
    wanted_on = serializers.DateField(required=False, allow_null=True)
    promised_on = serializers.DateField(required=False, allow_null=True)
    inspect = serializers.BooleanField(required=False, allow_null=True)

    def wish(self) -> services.LineWish:
        """For the act."""
        return line_wish(self.validated_data)


class OrderWish(Wish):
    supplier = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none())
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    supplier_reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    lines = LineWish(many=True, required=False, default=list)


class OrderChange(Wish):
    supplier_reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class LineChange(Wish):
    quantity = serializers.DecimalField(**QUANTITY, required=False)
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.all(), required=False)
    price = serializers.DecimalField(**PRICE, required=False, allow_null=True)
    wanted_on = serializers.DateField(required=False, allow_null=True)
    promised_on = serializers.DateField(required=False, allow_null=True)
    inspect = serializers.BooleanField(required=False)


class ReasonWish(Wish):
    reason = serializers.CharField(max_length=200)


class PromiseWish(Wish):
    promised_on = serializers.DateField()
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)


class ReceiveWish(Wish):
    """`quantity` and `reject` are in the unit of the line."""

    quantity = serializers.DecimalField(**QUANTITY, min_value=0)
    to_location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none(), required=False)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    supplier_lot = serializers.CharField(max_length=60, required=False, allow_blank=True)
    made_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)
    delivery_note = serializers.CharField(max_length=80, required=False, allow_blank=True)
    reject = serializers.DecimalField(**QUANTITY, min_value=0, required=False)
    reject_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    accept_over = serializers.BooleanField(required=False)
    key = serializers.CharField(max_length=60, required=False)


class ReturnWish(Wish):
    """`quantity` is in the unit of the line."""

    quantity = serializers.DecimalField(**QUANTITY)
    from_location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())
    lot = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.none(), required=False, allow_null=True)
    reason = serializers.CharField(max_length=200)
    expect_again = serializers.BooleanField(required=False)
    delivery_note = serializers.CharField(max_length=80, required=False, allow_blank=True)
    key = serializers.CharField(max_length=60, required=False)


class RequestWish(Wish):
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    quantity = serializers.DecimalField(**QUANTITY)
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.all(), required=False)
    wanted_on = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class OrderRequestsWish(Wish):
    requests = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=200)
    supplier = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none())


class EnquiryWish(Wish):
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    quantity = serializers.DecimalField(**QUANTITY)
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.all(), required=False)
    suppliers = serializers.PrimaryKeyRelatedField(many=True, queryset=Partner.objects.none())
    wanted_on = serializers.DateField(required=False, allow_null=True)
    answer_by = serializers.DateField(required=False, allow_null=True)


class OfferWish(Wish):
    supplier = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none())
    price = serializers.DecimalField(**PRICE, allow_null=True)
    other_costs = serializers.DecimalField(**PRICE, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    least_quantity = serializers.DecimalField(**QUANTITY, min_value=0, required=False)
    lead_time_days = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)


class ChooseWish(Wish):
    offer = serializers.IntegerField(min_value=1)


def line_wish(said: dict[str, Any]) -> services.LineWish:
    """A line as the act wants it; a price left out is the price list's."""
    return services.LineWish(**{name: value for name, value in said.items() if name != "at"})


def said_in(request: Request, form: type[Wish]) -> dict[str, Any]:
    """What a request wishes, checked, with the moment of the tap."""
    wish = form(data=request.data, context={"asker": request.user})
    wish.is_valid(raise_exception=True)
    return {**wish.validated_data, "at": tapped_at(request, now())}
