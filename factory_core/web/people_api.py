"""The floor's resources about people and companies."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.partners import services
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import User, UserKind
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read


class UserSerializer(serializers.ModelSerializer[User]):
    """Who works here. Badge, PIN, password and mail stay inside."""

    name = serializers.CharField(read_only=True)

    class Meta:
        model = User
        fields = ["id", "version", "username", "name", "language", "is_active"]


class AddressSerializer(serializers.ModelSerializer[PartnerAddress]):
    class Meta:
        model = PartnerAddress
        fields = ["id", "version", "name", "street", "postal_code", "city", "country", "is_active"]


class PartnerSerializer(serializers.ModelSerializer[Partner]):
    addresses = AddressSerializer(many=True, read_only=True)

    class Meta:
        model = Partner
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "is_customer", "is_supplier", "vat_number",
            "gln", "email", "phone", "payment_terms", "language", "is_active", "addresses",
        ]  # fmt: skip


class PartnerChange(serializers.Serializer[Any]):
    """Facts of a company; what is left out stays."""

    code = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=160, required=False)
    is_customer = serializers.BooleanField(required=False)
    is_supplier = serializers.BooleanField(required=False)
    vat_number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    gln = serializers.CharField(max_length=13, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    payment_terms = serializers.CharField(max_length=120, required=False, allow_blank=True)
    language = serializers.CharField(max_length=10, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class PartnerWish(PartnerChange):
    """A new company."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=160)


class AddressWish(serializers.Serializer[Any]):
    """A new address of a company."""

    name = serializers.CharField(max_length=160, required=False, allow_blank=True)
    street = serializers.CharField(max_length=200)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = serializers.CharField(max_length=120)
    country = serializers.CharField(max_length=2, help_text="Two letters, ISO 3166-1")


class UserViewSet(Records):
    """The people of the plant; services and terminals are not people."""

    capability = "people.view"
    queryset = User.objects.filter(kind=UserKind.PERSON).order_by("username")
    serializer_class = UserSerializer
    filterset_fields = ("username", "is_active")
    lookup_value_regex = r"\d+"


class PartnerViewSet(ActingMixin, Records):
    """Customers and suppliers with their addresses. Acts answer with the partner as it stands afterwards."""

    capability = "partner.view"
    queryset = Partner.objects.prefetch_related("addresses").order_by("code")
    serializer_class = PartnerSerializer
    filterset_fields = ("code", "is_customer", "is_supplier", "is_active", "gln")
    lookup_value_regex = r"\d+"

    @extend_schema(request=PartnerWish, responses={201: PartnerSerializer})
    def create(self, request: Request) -> Response:
        """Add a company."""
        wish = _wish(PartnerWish, request)
        return self.act(request, lambda user: _shown(services.add_partner(actor=user, **wish)), status=201)

    @extend_schema(request=PartnerChange, responses=PartnerSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change facts of the company; `If-Match` or `version` guards against a clash."""
        wish = {**_wish(PartnerChange, request), "partner_id": int(pk), "version": version_read(request)}
        return self.act(request, lambda user: _shown(services.change_partner(actor=user, **wish)))

    @extend_schema(request=AddressWish, responses={201: AddressSerializer})
    @action(detail=True, methods=["post"])
    def addresses(self, request: Request, pk: str) -> Response:
        """Add an address."""
        wish = {**_wish(AddressWish, request), "partner_id": int(pk)}
        return self.act(
            request, lambda user: dict(AddressSerializer(services.add_address(actor=user, **wish)).data), status=201
        )


def _wish(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    return {**form.validated_data, "at": tapped_at(request, now())}


def _shown(partner: Partner) -> dict[str, Any]:
    return dict(PartnerSerializer(partner).data)
