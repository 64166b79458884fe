"""The floor's resources about people and companies."""

from rest_framework import serializers

from factory_core.partners.models import Partner
from factory_core.people.models import User, UserKind
from factory_core.web.api import Records


class UserSerializer(serializers.ModelSerializer[User]):
    """Who works here. Badge, PIN, password and mail stay inside."""

    name = serializers.CharField(read_only=True)

    class Meta:
        model = User
        fields = ["id", "version", "username", "name", "language", "is_active"]


class PartnerSerializer(serializers.ModelSerializer[Partner]):
    class Meta:
        model = Partner
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "is_customer", "is_supplier", "is_active",
        ]  # fmt: skip


class UserViewSet(Records):
    """The people of the plant; services and terminals are not people."""

    capability = "people.view"
    queryset = User.objects.filter(kind=UserKind.PERSON).order_by("username")
    serializer_class = UserSerializer
    filterset_fields = ("username", "is_active")
    lookup_value_regex = r"\d+"


class PartnerViewSet(Records):
    """Customers and suppliers."""

    capability = "partner.view"
    queryset = Partner.objects.order_by("code")
    serializer_class = PartnerSerializer
    filterset_fields = ("code", "is_customer", "is_supplier", "is_active")
    lookup_value_regex = r"\d+"
