"""Places of stock through the API: the tree, setting up, pallets."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read
from inventory.stock.models import Location
from inventory.stock.queries.places import path_of, places_seen
from inventory.stock.services import places as services
from inventory.stock.states import LocationKind

AT = serializers.DateTimeField(required=False)


class LocationSerializer(serializers.ModelSerializer[Location]):
    """A place; the five kinds that lie outside the stock are only named by moves."""

    site_code = serializers.CharField(source="site.code", read_only=True)
    parent_code = serializers.CharField(source="parent.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Location
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "kind", "site", "site_code", "parent",
            "parent_code", "partner", "sscc", "destination", "is_active",
        ]  # fmt: skip


class _Wish(serializers.Serializer[Any]):
    """Things are named by id; what the asker may not see does not exist."""

    def get_fields(self) -> dict[str, Any]:
        """Fields that name things, cut to what the asker may see."""
        fields, asker = super().get_fields(), self.context.get("asker")
        seen: dict[str, Any] = {
            "site": visible(asker, Site.objects.all()),
            "parent": places_seen(asker) if asker is not None else Location.objects.none(),
            "to_location": places_seen(asker) if asker is not None else Location.objects.none(),
            "pallet": places_seen(asker) if asker is not None else Location.objects.none(),
            "partner": visible(asker, Partner.objects.filter(is_active=True)),
        }
        for name in self.things:
            empty_allowed = name in ("parent", "partner")
            fields[name] = serializers.PrimaryKeyRelatedField(
                queryset=seen[name], required=not empty_allowed, allow_null=empty_allowed
            )
        return fields

    things: tuple[str, ...] = ()


class PlaceWish(_Wish):
    """A new place."""

    things = ("site", "parent", "partner")
    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=[kind.value for kind in LocationKind], default=LocationKind.LOCATION.value)
    at = AT


class PalletWish(_Wish):
    """A new pallet: code and SSCC are drawn from their series."""

    things = ("site", "parent")
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    destination = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    at = AT


class ChangeWish(_Wish):
    """What to change; what is not sent stays."""

    things = ("parent", "partner")
    name = serializers.CharField(max_length=120, required=False)
    destination = serializers.CharField(max_length=120, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    at = AT


class MovePalletWish(_Wish):
    """A pallet and where it goes."""

    things = ("pallet", "to_location")
    at = AT


class LocationViewSet(ActingMixin, Records):
    """Places of stock. Acts answer with the place as it stands afterwards."""

    capability = "inventory.stock.view"
    queryset = Location.objects.select_related("site", "parent").order_by("id")
    serializer_class = LocationSerializer
    filterset_fields = {
        "code": ["exact"], "kind": ["exact"], "site": ["exact"], "site__code": ["exact"], "parent": ["exact", "isnull"],
        "parent__code": ["exact"], "sscc": ["exact"], "is_active": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A place with where it is."""
        place = self.get_object()
        return Response({**LocationSerializer(place).data, "path": path_of(place)})

    @extend_schema(request=PlaceWish, responses={201: LocationSerializer})
    def create(self, request: Request) -> Response:
        """Set up a place."""
        return self._act(request, PlaceWish, services.create_location, status=201)

    @extend_schema(request=PalletWish, responses={201: LocationSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def pallet(self, request: Request) -> Response:
        """Begin a pallet."""
        return self._act(request, PalletWish, services.create_pallet, status=201)

    @extend_schema(request=ChangeWish, responses=LocationSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change a place, or take it out of use."""
        return self._act(
            request, ChangeWish, services.change_location, location_id=int(pk), version=version_read(request)
        )

    @extend_schema(request=MovePalletWish, responses=LocationSerializer)
    @action(detail=False, methods=["post"], url_path="move-pallet", filter_backends=[], pagination_class=None)
    def move_pallet(self, request: Request) -> Response:
        """A pallet went to another place with everything on it."""
        form = self._form(request, MovePalletWish)
        pallet, to, at = form["pallet"], form["to_location"], tapped_at(request, now())
        return self.act(
            request,
            lambda user: _shown(services.move_pallet(actor=user, pallet_id=pallet.pk, to_location=to, at=at)),
        )

    def _act(self, request: Request, kind: type[_Wish], service: Any, status: int = 200, **more: Any) -> Response:
        wish = {**self._form(request, kind), **more, "at": tapped_at(request, now())}
        return self.act(request, lambda user: _shown(service(actor=user, **wish)), status=status)

    def _form(self, request: Request, kind: type[_Wish]) -> dict[str, Any]:
        form = kind(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


def _shown(place: Location) -> dict[str, Any]:
    return dict(LocationSerializer(place).data)
