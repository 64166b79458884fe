"""Suggestions and replenishment rules through the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.errors import Refused
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, HidesFields, Records
from factory_core.web.doors import signed_in
from factory_core.web.taps import tapped_at, version_read
from inventory.items.models import Item
from inventory.purchasing.models import PurchaseOrder
from inventory.replenishment import services
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.queries import rule_or_missing, rules_found
from inventory.replenishment.services.setting import FIELDS

REQUEST = "inventory.purchasing.request"


class RuleExists(Refused):
    """The item has a rule at the site already."""

    code = "rule_exists"


class SuggestionSerializer(serializers.ModelSerializer[Suggestion]):
    """`reason`: the figures the rule looked at, quantities as decimal strings in `unit`."""

    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    site_code = serializers.CharField(source="site.code", read_only=True)
    supplier_name = serializers.CharField(source="supplier.name", read_only=True, default=None)
    order_number = serializers.CharField(source="order_line.order.number", read_only=True, default=None)

    class Meta:
        model = Suggestion
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "site", "site_code", "supplier",
            "supplier_name", "quantity", "unit", "wanted_on", "order_on", "reason", "status", "order_line",
            "order_number",
        ]  # fmt: skip
        read_only_fields = fields


class RuleSerializer(HidesFields, serializers.ModelSerializer[ReplenishmentRule]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    site_code = serializers.CharField(source="site.code", read_only=True)

    class Meta:
        model = ReplenishmentRule
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "unit", "site", "site_code", *FIELDS,
        ]  # fmt: skip


class RuleFigures(HidesFields, serializers.ModelSerializer[ReplenishmentRule]):
    """The figures of a rule; those left out stay as they are."""

    class Meta:
        model = ReplenishmentRule
        fields = list(FIELDS)
        # What one cannot decide by is refused by the act, with the sentence people read, too.
        validators: list[Any] = []


class NewRule(RuleFigures):
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())

    class Meta(RuleFigures.Meta):
        fields = ["item", "site", *FIELDS]

    def get_fields(self) -> dict[str, Any]:
        """An item or site one may not see is one that does not exist."""
        asker = _asker(self)
        fields: dict[str, Any] = super().get_fields()
        items = visible(asker, Item.objects.select_related("unit"))
        fields["item"] = serializers.PrimaryKeyRelatedField(queryset=items)
        fields["site"] = serializers.PrimaryKeyRelatedField(queryset=visible(asker, Site.objects.all()))
        return fields


class TakeWish(serializers.Serializer[Any]):
    """`versions`: what was read of each suggestion, by id; left out, what stands there now is ordered."""

    suggestions = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=500)
    versions = serializers.DictField(child=serializers.IntegerField(min_value=1), required=False)


class OrderedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    supplier = serializers.IntegerField(source="supplier_id")
    site = serializers.IntegerField(source="site_id")


class DismissWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class RunWish(serializers.Serializer[Any]):
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())

    def get_fields(self) -> dict[str, Any]:
        """A site one may not see is one that does not exist."""
        seen = visible(_asker(self), Site.objects.all())
        return {**super().get_fields(), "site": serializers.PrimaryKeyRelatedField(queryset=seen)}


class RunSerializer(serializers.Serializer[Any]):
    """`troubles`: a sentence for each rule that cannot be followed."""

    looked_at = serializers.IntegerField()
    made = serializers.IntegerField()
    changed = serializers.IntegerField()
    gone = serializers.IntegerField()
    troubles = serializers.ListField(child=serializers.CharField())


class SuggestionViewSet(ActingMixin, Records):
    """What should be ordered. The acts order, dismiss, or let the rules look anew."""

    capability = "inventory.purchasing.view"
    queryset = Suggestion.objects.select_related("item__unit", "site", "supplier", "order_line__order").order_by("-id")
    serializer_class = SuggestionSerializer
    filterset_fields = {
        "status": ["exact"], "item": ["exact"], "item__number": ["exact"], "site": ["exact"], "site__code": ["exact"],
        "supplier": ["exact"], "order_on": ["exact", "lte", "gte"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(
        operation_id="suggestions_take_several", request=TakeWish, responses={201: OrderedSerializer(many=True)}
    )
    @action(detail=False, methods=["post"])
    def take(self, request: Request) -> Response:
        """Order several suggestions: one draft a supplier and site, all or none."""
        form = TakeWish(data=request.data)
        form.is_valid(raise_exception=True)
        ids, versions = form.validated_data["suggestions"], form.validated_data.get("versions", {})
        read = {int(key): version for key, version in versions.items() if key.isdecimal()}
        return self._take(request, ids, read)

    @extend_schema(request=None, responses={201: OrderedSerializer(many=True)})
    @action(detail=True, methods=["post"], url_path="take")
    def take_one(self, request: Request, pk: str) -> Response:
        """Order one suggestion."""
        version = version_read(request)
        return self._take(request, [int(pk)], {int(pk): version} if version else {})

    @extend_schema(request=DismissWish, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Say why a suggestion is not followed."""
        form, version, at = DismissWish(data=request.data), version_read(request), tapped_at(request, now())
        form.is_valid(raise_exception=True)
        reason = form.validated_data["reason"]

        def act(user: User) -> dict[str, Any]:
            gone = services.dismiss(actor=user, suggestion_id=int(pk), reason=reason, at=at, version=version)
            return dict(SuggestionSerializer(gone).data)

        return self.act(request, act)

    @extend_schema(request=RunWish, responses=RunSerializer)
    @action(detail=False, methods=["post"])
    def run(self, request: Request) -> Response:
        """Let the rules of a site look now."""
        form = RunWish(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        site = form.validated_data["site"]
        return self.act(
            request, lambda user: dict(RunSerializer(services.suggest(actor=user, site=site, at=now())).data)
        )

    def _take(self, request: Request, ids: list[int], versions: dict[int, int]) -> Response:
        at = tapped_at(request, now())

        def act(user: User) -> list[dict[str, Any]]:
            return _ordered(services.take(actor=user, suggestion_ids=ids, versions=versions, at=at))

        return self.act(request, act, status=201)


class RuleViewSet(ActingMixin, Records):
    """How items are kept in stock; POST makes a rule, PATCH changes the figures named."""

    capability = "inventory.purchasing.view"
    queryset = ReplenishmentRule.objects.select_related("item__unit", "site").order_by("-id")
    serializer_class = RuleSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "site": ["exact"], "site__code": ["exact"],
        "is_active": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewRule, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        """Make the rule of an item at a site."""
        form = NewRule(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        wish = dict(form.validated_data)
        item, site, asker = wish.pop("item"), wish.pop("site"), signed_in(request)

        def act(user: User) -> dict[str, Any]:
            if rules_found(asker).filter(item=item, site=site).exists():
                raise RuleExists(
                    _("%(item)s has a rule at %(site)s already. Change that one.")
                    % {"item": item.number, "site": site.name}
                )
            made = services.set_rule(actor=user, item=item, site=site, at=now(), **wish)
            return self._shown(made, request)

        return self.act(request, act, status=201)

    @extend_schema(request=RuleFigures, responses=RuleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change figures of a rule."""
        form = RuleFigures(data=request.data, partial=True, context={"request": request})
        form.is_valid(raise_exception=True)
        version, rule = version_read(request), rule_or_missing(signed_in(request), int(pk))
        figures = dict(form.validated_data)

        def act(user: User) -> dict[str, Any]:
            changed = services.set_rule(
                actor=user, item=rule.item, site=rule.site, at=now(), version=version, **figures
            )
            return self._shown(changed, request)

        return self.act(request, act)

    def _shown(self, rule: ReplenishmentRule, request: Request) -> dict[str, Any]:
        return dict(RuleSerializer(rule, context={"request": request}).data)


def _ordered(orders: list[PurchaseOrder]) -> list[dict[str, Any]]:
    return [dict(OrderedSerializer(order).data) for order in orders]


def _asker(form: serializers.BaseSerializer[Any]) -> User | None:
    """Who asks; nobody while the API is described."""
    user = getattr(form.context.get("request"), "user", None)
    return user if isinstance(user, User) else None
