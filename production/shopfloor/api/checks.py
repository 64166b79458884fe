"""Check results, confirmed instructions and chains of escalation through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at
from production.orders.api import TapWish
from production.shopfloor.api.numbers import DecimalWish
from production.shopfloor.models import CheckResult, EscalationStep, StepConfirmation
from production.shopfloor.services.checking import confirm_step, record_check, take_back_check
from production.shopfloor.services.pictures import keep_picture

# A photo is scaled down by the station before it is sent; base64 in JSON.
LONGEST_PICTURE = 1_900_000


class CheckSerializer(serializers.ModelSerializer[CheckResult]):
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = CheckResult
        fields = [
            "id", "operation", "machine", "position", "piece", "number", "text", "picture", "is_ok", "by", "at",
            "corrects",
        ]  # fmt: skip


class ConfirmationSerializer(serializers.ModelSerializer[StepConfirmation]):
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = StepConfirmation
        fields = ["id", "operation", "position", "by", "at"]


class EscalationSerializer(serializers.ModelSerializer[EscalationStep]):
    class Meta:
        model = EscalationStep
        fields = [
            "id", "version", "created_at", "updated_at", "site", "line", "kind", "step", "after_minutes", "role",
        ]  # fmt: skip


class ConfirmationWish(serializers.Serializer[Any]):
    operation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    at = serializers.DateTimeField(required=False)


class CheckWish(ConfirmationWish):
    """`number` with a comma or a point; `text`: yes/no, the choice, the day or what was seen; `picture`: a JPEG, PNG or
    WebP file in base64; `is_ok` for what no limit can judge."""

    number = DecimalWish(required=False, default=None)
    text = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")
    picture = serializers.CharField(max_length=LONGEST_PICTURE, required=False, allow_blank=True, default="")
    is_ok = serializers.BooleanField(required=False, default=True)


class CheckViewSet(ActingMixin, Records):
    """Results of checks. A wrong one is taken back, never changed."""

    capability = "production.view"
    queryset = CheckResult.objects.select_related("by").order_by("-id")
    serializer_class = CheckSerializer
    filterset_fields = ("operation", "machine", "position", "is_ok")
    lookup_value_regex = r"\d+"

    @extend_schema(request=CheckWish, responses={201: CheckSerializer})
    def create(self, request: Request) -> Response:
        """Write down what a check gave; once per Idempotency-Key."""
        form = CheckWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at, key = form.validated_data, tapped_at(request, now()), _key(request)

        def record(user: User) -> dict[str, Any]:
            result = record_check(
                actor=user,
                operation_id=wish["operation"],
                position=wish["position"],
                at=at,
                number=wish["number"],
                text=wish["text"],
                picture=keep_picture(wish["picture"]) if wish["picture"] else "",
                said_ok=wish["is_ok"],
                key=key,
            )
            return dict(CheckSerializer(result).data)

        return self.act(request, record, status=201, channel=_channel(request))

    @extend_schema(request=TapWish, responses={201: CheckSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the result back; the check is open again."""
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: dict(CheckSerializer(take_back_check(actor=user, result_id=int(pk), at=at)).data),
            status=201,
            channel=_channel(request),
        )


class ConfirmationViewSet(ActingMixin, Records):
    """Instructions that somebody confirmed."""

    capability = "production.view"
    queryset = StepConfirmation.objects.select_related("by").order_by("-id")
    serializer_class = ConfirmationSerializer
    filterset_fields = ("operation", "position")
    lookup_value_regex = r"\d+"

    @extend_schema(request=ConfirmationWish, responses={201: ConfirmationSerializer})
    def create(self, request: Request) -> Response:
        """Say that an instruction was read and done; said once, it stays so."""
        form = ConfirmationWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at, key = form.validated_data, tapped_at(request, now()), _key(request)
        return self.act(
            request,
            lambda user: dict(
                ConfirmationSerializer(
                    confirm_step(actor=user, operation_id=wish["operation"], position=wish["position"], at=at, key=key)
                ).data
            ),
            status=201,
            channel=_channel(request),
        )


class EscalationViewSet(Records):
    """Who hears of a call that nobody answered, and after how many minutes."""

    capability = "production.view"
    queryset = EscalationStep.objects.order_by("site_id", "line_id", "kind", "step")
    serializer_class = EscalationSerializer
    filterset_fields = ("site", "line", "kind")
    lookup_value_regex = r"\d+"


def _key(request: Request) -> str:
    return request.headers.get("Idempotency-Key", "")[:80]


def _channel(request: Request) -> str:
    return "station" if request.auth == "pass" else "api"
