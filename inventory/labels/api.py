"""Labels through the API: templates, what was printed, and printing."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at
from inventory.labels.models import LabelPrint, LabelTemplate
from inventory.labels.services.printing import MOST_COPIES, print_labels
from inventory.labels.states import LabelSubject


class LabelTemplateSerializer(serializers.ModelSerializer[LabelTemplate]):
    class Meta:
        model = LabelTemplate
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "subject", "width_mm", "height_mm", "elements",
            "is_default", "is_active",
        ]  # fmt: skip


class LabelTemplateViewSet(Records):
    """Label templates: size in millimetres and elements."""

    capability = "inventory.label.print"
    queryset = LabelTemplate.objects.order_by("id")
    serializer_class = LabelTemplateSerializer
    filterset_fields = {"code": ["exact"], "subject": ["exact"], "is_active": ["exact"]}
    lookup_value_regex = r"\d+"


class LabelPrintSerializer(serializers.ModelSerializer[LabelPrint]):
    template_code = serializers.CharField(source="template.code", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = LabelPrint
        fields = [
            "id", "template", "template_code", "site", "subject_kind", "subject_id", "subject_label", "copies", "turn",
            "at", "by",
        ]  # fmt: skip


class PrintWish(serializers.Serializer[Any]):
    """What to print: `template` is a code, else the usual one is taken; `quantity` is what a box of a lot holds."""

    subject = serializers.ChoiceField(choices=[word.value for word in LabelSubject])
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    template = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    copies = serializers.IntegerField(min_value=1, max_value=MOST_COPIES, default=1)
    quantity = serializers.DecimalField(
        max_digits=18, decimal_places=6, min_value=Decimal(0), required=False, allow_null=True, default=None
    )
    at = serializers.DateTimeField(required=False)


class PrintedSerializer(LabelPrintSerializer):
    """The entry of the log, with the drawing of one label and all copies in ZPL for 203 dots an inch."""

    svg = serializers.CharField(read_only=True)
    zpl = serializers.CharField(read_only=True)

    class Meta(LabelPrintSerializer.Meta):
        fields = [*LabelPrintSerializer.Meta.fields, "svg", "zpl"]


class LabelPrintViewSet(ActingMixin, Records):
    """What was printed when by whom. A POST prints: it answers with the label and is written down."""

    capability = "inventory.label.print"
    queryset = LabelPrint.objects.select_related("template", "by").order_by("-id")
    serializer_class = LabelPrintSerializer
    filterset_fields = {
        "subject_kind": ["exact"], "subject_id": ["exact"], "template__code": ["exact"], "at": ["gte", "lt"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=PrintWish, responses={201: PrintedSerializer})
    def create(self, request: Request) -> Response:
        """Print labels of one thing."""
        form = PrintWish(data=request.data)
        form.is_valid(raise_exception=True)
        said, at = form.validated_data, tapped_at(request, now())

        def wish(user: Any) -> dict[str, Any]:
            printed = print_labels(
                actor=user,
                subject=said["subject"],
                subject_id=said["id"],
                template_code=said["template"],
                copies=said["copies"],
                quantity=said["quantity"],
                at=at,
            )
            return {**LabelPrintSerializer(printed.entry).data, "svg": printed.svg, "zpl": printed.zpl}

        return self.act(request, wish, status=201)
