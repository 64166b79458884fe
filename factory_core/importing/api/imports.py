"""Imports through the API: a file is sent, its columns chosen, its rows checked, rehearsed, brought in and undone."""

from collections.abc import Callable, Iterator
from typing import Any

import django_filters
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import may, visible
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.importing.api import shown
from factory_core.importing.exporting import MEDIA_TYPES
from factory_core.importing.kinds import Kind, kind_named, kinds
from factory_core.importing.models import ExternalId, ImportRun, StagedRow
from factory_core.importing.queries.pages import RUN, VIEW
from factory_core.importing.queries.report import report_of
from factory_core.importing.services import fixing, flow
from factory_core.importing.services.accepting import accept_run, take_acceptance_back
from factory_core.importing.services.sending_rows import take_rows
from factory_core.importing.services.undoing import rehearse_undo, told
from factory_core.importing.services.working import stop
from factory_core.importing.states import RowStatus, Work
from factory_core.importing.tasks import ask
from factory_core.importing.templates import template_workbook
from factory_core.live.consumers import is_key
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, Records, VisibleRows
from factory_core.web.doors import signed_in

_PIECE = 1 << 20


class NoSuchSite(Invalid):
    """There is no such site to which the asker may bring files."""

    code = "no_such_site"


class NoSuchKind(Missing):
    """Nothing of that kind is imported, or not by the asker."""

    code = "no_such_kind"


class RowFilter(django_filters.FilterSet):
    """Rows by how they stand, and those behind a number."""

    status = django_filters.ChoiceFilter(choices=[(one.value, one.value) for one in RowStatus])
    after = django_filters.NumberFilter(field_name="number", lookup_expr="gt")
    outcome = django_filters.CharFilter()

    class Meta:
        model = StagedRow
        fields: tuple[str, ...] = ()


class ImportViewSet(ActingMixin, Records):
    """Files on their way into the plant. What takes long is done by the worker: 202, and `work` says how it went."""

    capability = VIEW
    queryset = ImportRun.objects.select_related("site", "by", "accepted_by", "undone_by", "work").order_by("-id")
    serializer_class = shown.ImportSerializer
    filterset_fields = ("kind", "status", "site", "site__code", "sha256", "file_name")
    lookup_value_regex = r"\d+"
    parser_classes = (JSONParser, MultiPartParser)

    @extend_schema(
        request={"multipart/form-data": shown.UploadWish}, responses={201: shown.ImportSerializer}
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Keep a file, look into it, and propose what it holds and what its columns mean."""
        form = shown.UploadWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish = form.validated_data
        site = site_named(signed_in(request), wish["site"])

        def act(user: User) -> dict[str, Any]:
            run = flow.open_run(
                actor=user, site=site, name=wish["file"].name, content=wish["file"].chunks(_PIECE), at=now(),
                kind=wish["kind"], sheet=wish["sheet"],
            )  # fmt: skip
            return self._shown(run.pk)

        return self.act(request, act, status=201)

    @extend_schema(responses=shown.ImportReportSerializer)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """What came, what was refused and why, what was cleaned, the totals."""
        return Response(report_of(self.get_object()))

    @extend_schema(responses=shown.ProgressSerializer)
    @action(detail=True)
    def progress(self, request: Request, pk: str) -> Response:
        """How far the worker is."""
        run = self.get_object()
        told_so_far = getattr(run, "progress", None)
        empty = {"done": 0, "total": run.rows, "is_to_stop": False, "told_at": None}
        return Response(empty if told_so_far is None else shown.ProgressSerializer(told_so_far).data)

    @extend_schema(request=shown.ChooseWish, responses=shown.ImportSerializer)
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, pk: str) -> Response:
        """What the file holds, the field of each column, and what holds for the whole."""
        return self._do(request, pk, shown.ChooseWish, flow.choose)

    @extend_schema(request=shown.FixWish, responses=shown.ImportSerializer)
    @action(detail=True, methods=["post"])
    def fix(self, request: Request, pk: str) -> Response:
        """Type over cells, or read one value as another wherever it stands; then check again."""

        def fixed(*, actor: User, run_id: int, at: Any, **wish: Any) -> None:
            if wish.get("cells"):
                cells = {int(number): columns for number, columns in wish["cells"].items() if number.isdecimal()}
                fixing.fix_cells(actor=actor, run_id=run_id, fixes=cells, at=at)
            if "field" in wish:
                fixing.treat_as(
                    actor=actor, run_id=run_id, field=wish["field"], found=wish.get("found", ""),
                    instead=wish.get("instead", ""), remember=wish["remember"], at=at,
                )  # fmt: skip

        return self._do(request, pk, shown.FixWish, fixed)

    @extend_schema(request=shown.RowsWish, responses=shown.ImportSerializer)
    @action(detail=True, methods=["post"], url_path="leave-out")
    def leave_out(self, request: Request, pk: str) -> Response:
        """Rows that stay outside."""

        def left_out(*, rows: list[int], **facts: Any) -> None:
            flow.leave_out(numbers=rows, **facts)

        return self._do(request, pk, shown.RowsWish, left_out)

    @extend_schema(request=shown.RowsWish, responses=shown.ImportSerializer)
    @action(detail=True, methods=["post"], url_path="take-in")
    def take_in(self, request: Request, pk: str) -> Response:
        """Rows that were left out are looked at again."""

        def taken(*, rows: list[int], **facts: Any) -> None:
            fixing.take_back_in(numbers=rows, **facts)

        return self._do(request, pk, shown.RowsWish, taken)

    @extend_schema(request=None, responses={202: shown.ImportSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Have every row checked."""
        return self._ask(request, pk, Work.CHECK)

    @extend_schema(request=None, responses={202: shown.ImportSerializer})
    @action(detail=True, methods=["post"])
    def rehearse(self, request: Request, pk: str) -> Response:
        """Have the rows brought in and everything taken back; `work.answer` says what an import would do."""
        return self._ask(request, pk, Work.REHEARSE)

    @extend_schema(request=None, responses={202: shown.ImportSerializer})
    @action(detail=True, methods=["post"])
    def carry(self, request: Request, pk: str) -> Response:
        """Have the rows brought in for good."""
        return self._ask(request, pk, Work.CARRY)

    @extend_schema(request=None, responses={202: shown.ImportSerializer})
    @action(detail=True, methods=["post"])
    def compare(self, request: Request, pk: str) -> Response:
        """Have the totals of file and books compared again."""
        return self._ask(request, pk, Work.COMPARE)

    @extend_schema(request=None, responses={202: shown.ImportSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Have all of it undone."""
        return self._ask(request, pk, Work.UNDO)

    @extend_schema(responses=shown.FootprintSerializer)
    @action(detail=True, url_path="undo-list")
    def undo_list(self, request: Request, pk: str) -> Response:
        """What an undo would take back and what it would keep; nothing is changed."""
        return self.act(request, lambda user: told(rehearse_undo(actor=user, run_id=int(pk))))

    @extend_schema(request=None, responses=shown.ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """End what is under way, of which nothing stays; where nothing is, give the run up."""
        return self._do(request, pk, None, stop)

    @extend_schema(request=shown.AcceptWish, responses=shown.AcceptanceSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Sign that what came is right: it is not undone any more."""
        return signed(self, request, shown.AcceptWish, accept_run, run_id=int(pk))

    @extend_schema(request=shown.TakeBackWish, responses=shown.AcceptanceSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Take the acceptance back, with a reason."""
        return signed(self, request, shown.TakeBackWish, take_acceptance_back, run_id=int(pk))

    def _ask(self, request: Request, pk: str, act: Work) -> Response:
        def asked(user: User) -> dict[str, Any]:
            ask(actor=user, run_id=int(pk), act=act, at=now())
            return self._shown(int(pk))

        return self.act(request, asked, status=202)

    def _do(self, request: Request, pk: str, form: Any, do: Callable[..., Any]) -> Response:
        self.get_object()
        wish: dict[str, Any] = {}
        if form is not None:
            given = form(data=request.data)
            given.is_valid(raise_exception=True)
            wish = dict(given.validated_data)

        def act(user: User) -> dict[str, Any]:
            do(actor=user, run_id=int(pk), at=now(), **wish)
            return self._shown(int(pk))

        return self.act(request, act)

    def _shown(self, pk: int) -> dict[str, Any]:
        return dict(shown.ImportSerializer(self.get_queryset().get(pk=pk)).data)


class ImportRowViewSet(VisibleRows, mixins.ListModelMixin, viewsets.GenericViewSet[StagedRow]):
    """The rows of an import as they stand on the server, in the file's order."""

    capability = VIEW
    queryset = StagedRow.objects.order_by("number")
    serializer_class = shown.RowSerializer
    filterset_class = RowFilter

    def get_queryset(self) -> Any:
        """Those of the run in the address."""
        run = self.kwargs.get("run", "")
        return super().get_queryset().filter(run=int(run) if is_key(run) else 0)


class ExternalIdViewSet(Records):
    """What other systems call our records: `?kind=items&text=775` tells the key, `?kind=items&key=BK-1` the number."""

    capability = VIEW
    queryset = ExternalId.objects.order_by("id")
    serializer_class = shown.ExternalIdSerializer
    filterset_fields = ("kind", "system", "text", "key", "record")
    lookup_value_regex = r"\d+"


class ImportKindViewSet(ActingMixin, viewsets.ViewSet):
    """What the asker may bring over, in the order in which a factory does, with a template workbook for each."""

    capability = VIEW
    lookup_url_kwarg = "kind"

    @extend_schema(responses=shown.KindSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The kinds with their fields."""
        return Response([_described(kind) for kind in kinds() if may(request.user, kind.capability)])

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH)],
        request=shown.RowsSent, responses=shown.RowsTakenSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def rows(self, request: Request, kind: str) -> Response:
        """Add or change up to 1000 things at once: found by their key, or by what a system calls them."""
        found = _kind_for(request, kind)
        given = shown.RowsSent(data=request.data)
        given.is_valid(raise_exception=True)
        wish = dict(given.validated_data)
        site = site_named(signed_in(request), wish.pop("site"))

        def act(user: User) -> dict[str, Any]:
            run, told = take_rows(actor=user, site=site, kind=found, at=now(), **wish)
            counts = {name: getattr(run, name) for name in ("created", "changed", "unchanged", "skipped")}
            return {"run": run.pk, **counts, "rows": told}

        return self.act(request, act)

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH)],
        responses={(200, MEDIA_TYPES["xlsx"]): OpenApiTypes.BINARY},
    )
    @action(detail=True)
    def template(self, request: Request, kind: str) -> HttpResponse:
        """The workbook to fill in."""
        found = _kind_for(request, kind)
        headers = {"Content-Disposition": f'attachment; filename="{found.name}.xlsx"'}
        return HttpResponse(template_workbook(found), content_type=MEDIA_TYPES["xlsx"], headers=headers)


def _kind_for(request: Request, name: str) -> Kind:
    """A kind that the asker may bring over somewhere. Raises NoSuchKind."""
    found = kind_named(name)
    if found is None or not may(request.user, found.capability):
        raise NoSuchKind(_("There is no import kind “%(name)s” for you.") % {"name": name[:40]})
    return found


def signed(view: Any, request: Request, form: Any, do: Callable[..., Any], **about: Any) -> Response:
    """An act under a signature; answers with the signature."""
    given = form(data=request.data)
    given.is_valid(raise_exception=True)

    def act(user: User) -> dict[str, Any]:
        return dict(shown.AcceptanceSerializer(do(actor=user, at=now(), **about, **given.validated_data)).data)

    answer: Response = view.act(request, act)
    return answer


def site_named(user: User, code: str) -> Site:
    """A site to which this person may bring files. Raises NoSuchSite."""
    site = visible(user, Site.objects.filter(code=code), RUN).first()
    if site is None:
        raise NoSuchSite(_("There is no site “%(code)s” to which you may bring files.") % {"code": code})
    return site


def _described(kind: Kind) -> dict[str, Any]:
    return {"name": kind.name, "label": str(kind.label), "key": list(kind.key), "columns": list(_fields(kind))}


def _fields(kind: Kind) -> Iterator[dict[str, Any]]:
    for each in kind.fields:
        yield {
            "name": each.name, "label": str(each.label), "form": each.form.value, "required": each.required,
            "refers_to": each.refers_to, "choices": [str(value) for value in each.choices],
            "example": each.example, "note": str(each.note or ""), "is_total": each.is_total,
            "of_parent": each.of_parent,
        }  # fmt: skip
