"""Openings through the API: begun, filled with runs, accepted and undone as a whole."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.importing.api import shown
from factory_core.importing.api.imports import signed, site_named
from factory_core.importing.queries.opening import members_of, missing_of
from factory_core.importing.queries.pages import VIEW
from factory_core.importing.register_models import Acceptance, Opening
from factory_core.importing.services import opening as services
from factory_core.importing.tasks import undo_opening
from factory_core.people.models import User
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in


class OpeningViewSet(ActingMixin, Records):
    """The days on which sites go live."""

    capability = VIEW
    queryset = Opening.objects.select_related("site").prefetch_related("members").order_by("-id")
    serializer_class = shown.OpeningSerializer
    filterset_fields = ("site", "site__code", "status", "opens_on")
    lookup_value_regex = r"\d+"

    @extend_schema(request=shown.OpeningWish, responses={201: shown.OpeningSerializer})
    def create(self, request: Request) -> Response:
        """Name the day on which a site goes live."""
        form = shown.OpeningWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish = dict(form.validated_data)
        site = site_named(signed_in(request), wish.pop("site"))

        def act(user: User) -> dict[str, Any]:
            opening = services.begin_opening(actor=user, site=site, at=now(), **wish)
            return self._shown(opening.pk)

        return self.act(request, act, status=201)

    @extend_schema(responses=shown.MissingSerializer(many=True))
    @action(detail=True)
    def missing(self, request: Request, pk: str) -> Response:
        """The checklist: what is not there yet, or not as the files say."""
        opening = self.get_object()
        found = missing_of(opening, members_of(opening))
        return Response(
            [{"code": one.code, "message": one.sentence, "run": one.run.pk if one.run else None} for one in found]
        )

    @extend_schema(request=shown.RunsWish, responses=shown.OpeningSerializer)
    @action(detail=True, methods=["post"], url_path="put-in")
    def put_in(self, request: Request, pk: str) -> Response:
        """Put imports of the site into the opening."""
        return self._do(request, pk, lambda runs, **facts: services.put_in(run_ids=runs, **facts))

    @extend_schema(request=shown.RunsWish, responses=shown.OpeningSerializer)
    @action(detail=True, methods=["post"], url_path="take-out")
    def take_out(self, request: Request, pk: str) -> Response:
        """Take imports out of it."""

        def taken(runs: list[int], **facts: Any) -> None:
            for run in runs:
                services.take_out(run_id=run, **facts)

        return self._do(request, pk, taken)

    @extend_schema(request=shown.AcceptWish, responses=shown.AcceptanceSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Sign the opening as a whole; its imports are accepted with it."""
        return signed(self, request, shown.AcceptWish, services.accept_opening, opening_id=int(pk))

    @extend_schema(request=shown.TakeBackWish, responses=shown.AcceptanceSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Take the acceptance back, with a reason."""
        return signed(self, request, shown.TakeBackWish, services.take_opening_back, opening_id=int(pk))

    @extend_schema(responses=shown.AcceptanceSerializer(many=True))
    @action(detail=True)
    def signatures(self, request: Request, pk: str) -> Response:
        """Every acceptance of the opening, those taken back among them."""
        rows = Acceptance.objects.filter(opening=self.get_object()).select_related("signed_by", "withdrawn_by")
        return Response(shown.AcceptanceSerializer(rows.order_by("-id"), many=True).data)

    @extend_schema(request=None, responses={202: shown.OpeningSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Have all imports of the opening undone, the last one first."""

        def act(user: User) -> dict[str, Any]:
            undo_opening(actor=user, opening_id=int(pk), at=now())
            return self._shown(int(pk))

        return self.act(request, act, status=202)

    def _do(self, request: Request, pk: str, do: Callable[..., Any]) -> Response:
        form = shown.RunsWish(data=request.data)
        form.is_valid(raise_exception=True)

        def act(user: User) -> dict[str, Any]:
            do(form.validated_data["runs"], actor=user, opening_id=int(pk), at=now())
            return self._shown(int(pk))

        return self.act(request, act)

    def _shown(self, pk: int) -> dict[str, Any]:
        return dict(shown.OpeningSerializer(self.get_queryset().get(pk=pk)).data)
