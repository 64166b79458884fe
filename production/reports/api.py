"""Reports through the API."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.reporting.definition import reports_for
from factory_core.reporting.rendering import SUFFIXES
from factory_core.web.api import ActingMixin
from factory_core.web.doors import signed_in
from production.reports import services
from production.reports.files import answer_file
from production.reports.models import ReportRun
from production.reports.queries.runs import changed_since, made_before, run_or_missing, runs_seen


class ReportSerializer(serializers.ModelSerializer[ReportRun]):
    site_code = serializers.CharField(source="site.code", read_only=True)
    line_code = serializers.CharField(source="line.code", default=None, read_only=True)
    made_by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = ReportRun
        fields = [
            "id", "report", "title", "site", "site_code", "line", "line_code", "parameters", "data_at", "made_by",
            "sha256", "needs",
        ]  # fmt: skip


class ReportContentSerializer(ReportSerializer):
    """A report with what it shows: texts, decimal texts, times in UTC."""

    content = serializers.JSONField(read_only=True)

    class Meta:
        model = ReportRun
        fields = [*ReportSerializer.Meta.fields, "content"]


class ReportWish(serializers.Serializer[Any]):
    """What to make: a code of `kinds`, and its parameters by name."""

    report = serializers.CharField(max_length=40)
    parameters = serializers.DictField(child=serializers.CharField(max_length=80, allow_blank=True), default=dict)


class ReportKindSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    parameters = serializers.ListField(child=serializers.DictField())


class ReportCheckSerializer(serializers.Serializer[Any]):
    """Whether the report comes out the same when it is built for its moment again, and what differs."""

    is_same = serializers.BooleanField()
    changes = serializers.ListField(child=serializers.DictField())


class ReportViewSet(ActingMixin, mixins.ListModelMixin, viewsets.GenericViewSet[ReportRun]):
    """Reports that were made, newest first, and their making. Rights are asked at each opening."""

    capability = "production.report.view"
    queryset = ReportRun.objects.order_by("-id")
    serializer_class = ReportSerializer
    filterset_fields = {"report": ["exact"], "site__code": ["exact"], "line__code": ["exact"], "data_at": ["gte", "lt"]}

    def get_queryset(self) -> QuerySet[ReportRun]:
        """What the asker may open."""
        if getattr(self, "swagger_fake_view", False):
            return ReportRun.objects.none()
        return runs_seen(signed_in(self.request))

    @extend_schema(responses=ReportContentSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One report with its content."""
        return Response(ReportContentSerializer(run_or_missing(signed_in(request), _key(pk))).data)

    @extend_schema(request=ReportWish, responses={201: ReportSerializer})
    def create(self, request: Request) -> Response:
        """Make a report from the data of this moment."""
        wish = ReportWish(data=request.data)
        wish.is_valid(raise_exception=True)
        said = wish.validated_data

        def make(user: Any) -> Any:
            run = services.make_report(actor=user, code=said["report"], given=said["parameters"], at=now())
            return ReportSerializer(run).data

        return self.act(request, make, status=201)

    @extend_schema(responses=ReportKindSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def kinds(self, request: Request) -> Response:
        """What can be made, and what each kind asks for."""
        told = [
            {
                "code": one.code,
                "title": str(one.title),
                "sentence": str(one.sentence),
                "parameters": [
                    {"name": part.key, "kind": part.kind.value, "label": str(part.label), "required": part.required}
                    for part in one.parameters
                ],
            }
            for one in reports_for(signed_in(request))
        ]
        return Response(told)

    @extend_schema(responses=ReportCheckSerializer)
    @action(detail=True)
    def check(self, request: Request, pk: str) -> Response:
        """Build the report once more for its moment and say what data that came later made different."""
        again = services.reproduce(actor=signed_in(request), run_id=_key(pk))
        return Response({"is_same": again.is_same, "changes": [vars(change) for change in again.changes]})

    @extend_schema(responses=ReportCheckSerializer)
    @action(detail=True)
    def changes(self, request: Request, pk: str) -> Response:
        """What differs from the same report made before; without one, nothing does."""
        user = signed_in(request)
        run = run_or_missing(user, _key(pk))
        before = made_before(user, run)
        found = changed_since(before, run) if before else []
        return Response({"is_same": not found, "changes": [vars(change) for change in found]})

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=list(SUFFIXES), description="Kind of file, pdf by default.")],
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    @action(detail=True)
    def file(self, request: Request, pk: str) -> HttpResponse:
        """The report as a file; the story notes who took it."""
        run = run_or_missing(signed_in(request), _key(pk))
        return answer_file(signed_in(request), run, request.query_params.get("as", "pdf"), channel="api")


def _key(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 19 else 0
