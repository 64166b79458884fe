"""Purchase requests and enquiries through the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.events.queries import story_of
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import version_read
from inventory.purchasing import services
from inventory.purchasing.api.shown import EnquirySerializer, OfferSerializer, OrderSerializer, RequestSerializer
from inventory.purchasing.api.wishes import (
    ChooseWish,
    EnquiryWish,
    OfferWish,
    OrderRequestsWish,
    ReasonWish,
    RequestWish,
    Wish,
    said_in,
)
from inventory.purchasing.models import Enquiry, PurchaseOrder, PurchaseRequest
from inventory.purchasing.queries.asking import OfferRow, offers_compared


class ComparedSerializer(OfferSerializer):
    """An offer with its figures beside the others."""

    ordered = serializers.DecimalField(max_digits=18, decimal_places=6, source="compared.ordered")
    total = serializers.DecimalField(max_digits=24, decimal_places=6, source="compared.total", allow_null=True)
    base_price = serializers.DecimalField(max_digits=24, decimal_places=6, source="compared.base_price")
    arrives_on = serializers.DateField(source="compared.arrives_on")
    days_late = serializers.IntegerField(source="compared.days_late")
    is_best = serializers.BooleanField(source="compared.is_best")
    is_cheapest = serializers.BooleanField(source="compared.is_cheapest")
    is_fastest = serializers.BooleanField(source="compared.is_fastest")

    class Meta(OfferSerializer.Meta):
        fields = [
            *OfferSerializer.Meta.fields, "ordered", "total", "base_price", "arrives_on", "days_late", "is_best",
            "is_cheapest", "is_fastest",
        ]  # fmt: skip


class PurchaseRequestViewSet(ActingMixin, Records):
    """Purchase requests: what people and rules want bought."""

    capability = "inventory.purchasing.view"
    queryset = PurchaseRequest.objects.select_related("item", "unit", "requested_by").order_by("-id")
    serializer_class = RequestSerializer
    filterset_fields = {
        "number": ["exact"], "status": ["exact"], "item": ["exact"], "item__number": ["exact"], "site": ["exact"],
        "site__code": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who may ask for something need not be allowed to see what others ask for."""
        if self.action == "create":
            self.capability = "inventory.purchasing.request"
        super().initial(request, *args, **kwargs)

    @extend_schema(request=RequestWish, responses={201: RequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask for something to be bought."""
        said = said_in(request, RequestWish)
        return self.act(request, lambda user: _request(services.request_purchase(actor=user, **said)), status=201)

    @extend_schema(request=ReasonWish, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no, and why."""
        said, version = said_in(request, ReasonWish), version_read(request)
        return self.act(
            request,
            lambda user: _request(services.reject_request(actor=user, request_id=int(pk), version=version, **said)),
        )

    @extend_schema(request=OrderRequestsWish, responses={201: OrderSerializer})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """One draft order for several requests, each ordered once."""
        said = said_in(request, OrderRequestsWish)
        ids = said.pop("requests")
        return self.act(
            request,
            lambda user: _order(services.order_requests(actor=user, request_ids=ids, **said), request),
            status=201,
        )

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the request, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))


class EnquiryViewSet(ActingMixin, Records):
    """Enquiries. Their offers need the right to see purchase prices."""

    capability = "inventory.purchasing.view"
    queryset = Enquiry.objects.select_related("item", "unit").order_by("-id")
    serializer_class = EnquirySerializer
    filterset_fields = {"number": ["exact"], "status": ["exact"], "item": ["exact"], "site": ["exact"]}
    lookup_value_regex = r"\d+"

    @extend_schema(request=EnquiryWish, responses={201: EnquirySerializer})
    def create(self, request: Request) -> Response:
        """Put the same question to several suppliers."""
        said = said_in(request, EnquiryWish)
        return self.act(request, lambda user: _enquiry(services.enquire(actor=user, **said)), status=201)

    @extend_schema(methods=["get"], responses=ComparedSerializer(many=True))
    @extend_schema(methods=["post"], request=OfferWish, responses={201: OfferSerializer})
    @action(detail=True, methods=["get", "post"], filter_backends=[], pagination_class=None)
    def offers(self, request: Request, pk: str) -> Response:
        """The offers side by side, the best first; or note what a supplier answered."""
        enquiry = self.get_object()
        if request.method == "GET":
            require(request.user, "inventory.cost.view", enquiry)
            rows = offers_compared(signed_in(request), enquiry, now().astimezone(enquiry.site.zone).date())
            return Response([_compared(row) for row in rows])
        said, version = said_in(request, OfferWish), version_read(request)
        return self.act(
            request,
            lambda user: dict(
                OfferSerializer(services.note_offer(actor=user, enquiry_id=enquiry.pk, version=version, **said)).data
            ),
            status=201,
        )

    @extend_schema(request=ChooseWish, responses={201: OrderSerializer})
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, pk: str) -> Response:
        """Decide for an offer: its supplier gets a draft order."""
        enquiry, said, version = self.get_object(), said_in(request, ChooseWish), version_read(request)
        if not enquiry.offers.filter(pk=said["offer"]).exists():
            raise Missing(_("There is no such offer that you may see."))
        return self.act(
            request,
            lambda user: _order(
                services.choose_offer(actor=user, offer_id=said["offer"], at=said["at"], version=version), request
            ),
            status=201,
        )

    @extend_schema(request=Wish, responses=EnquirySerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop asking."""
        said, version = said_in(request, Wish), version_read(request)
        return self.act(
            request,
            lambda user: _enquiry(services.cancel_enquiry(actor=user, enquiry_id=int(pk), version=version, **said)),
        )


def _request(row: PurchaseRequest) -> dict[str, Any]:
    return dict(RequestSerializer(row).data)


def _enquiry(row: Enquiry) -> dict[str, Any]:
    return dict(EnquirySerializer(row).data)


def _order(row: PurchaseOrder, request: Request) -> dict[str, Any]:
    return dict(OrderSerializer(row, context={"request": request}).data)


def _compared(row: OfferRow) -> dict[str, Any]:
    """The offer and its figures on one level."""
    shown = dict(OfferSerializer(row.offer).data)
    compared = row.compared
    if compared is None:
        return shown
    figures = {
        "ordered": compared.ordered, "total": compared.total, "base_price": compared.base_price,
    }  # fmt: skip
    shown |= {name: None if value is None else f"{value:f}" for name, value in figures.items()}
    return shown | {
        "arrives_on": compared.arrives_on, "days_late": compared.days_late, "is_best": compared.is_best,
        "is_cheapest": compared.is_cheapest, "is_fastest": compared.is_fastest,
    }  # fmt: skip
