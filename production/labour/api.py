"""Working time on orders through the API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.api import KEY_HEADER, ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read
from production.labour import services
from production.labour.models import PauseReason, TimeEntry
from production.labour.queries import person_or_missing
from production.labour.queries.finding import machine_of
from production.labour.services.common import RECORD
from production.labour.states import LabourKind


class TimeEntrySerializer(serializers.ModelSerializer[TimeEntry]):
    order_number = serializers.CharField(source="order.number", read_only=True)
    person_name = serializers.CharField(source="person.name", read_only=True)
    pause_reason = serializers.CharField(source="pause_reason.code", default=None, read_only=True)

    class Meta:
        model = TimeEntry
        fields = [
            "id", "version", "created_at", "updated_at", "order", "order_number", "operation", "machine", "person",
            "person_name", "kind", "started_at", "ended_at", "ended_by", "pause_reason", "note", "is_void",
        ]  # fmt: skip


class PauseReasonSerializer(serializers.ModelSerializer[PauseReason]):
    class Meta:
        model = PauseReason
        fields = ["id", "version", "created_at", "updated_at", "code", "name", "position", "is_active"]


class BeginWish(serializers.Serializer[Any]):
    """`person`: badge or user name, left out for oneself; a terminal must name somebody."""

    operation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(choices=[kind.value for kind in LabourKind], default=LabourKind.RUN.value)
    person = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")
    machine = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)


class AddWish(BeginWish):
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=200)


class WorkPauseWish(serializers.Serializer[Any]):
    """`reason`: the code of a pause reason."""

    reason = serializers.CharField(max_length=40)


class EndWish(serializers.Serializer[Any]):
    """`paused_is_done`: work that was paused is done, without going on."""

    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    paused_is_done = serializers.BooleanField(required=False, default=False)


class HandOverWish(serializers.Serializer[Any]):
    """`to`: badge or user name, left out for oneself."""

    to = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")


class CorrectWish(serializers.Serializer[Any]):
    """Only what changes, and why."""

    started_at = serializers.DateTimeField(required=False)
    ended_at = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(choices=[kind.value for kind in LabourKind], required=False)
    reason = serializers.CharField(max_length=200)
    version = serializers.IntegerField(required=False)


class VoidWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
    version = serializers.IntegerField(required=False)


class PauseReasonViewSet(Records):
    """Why work is interrupted."""

    capability = "production.view"
    queryset = PauseReason.objects.order_by("position", "code")
    serializer_class = PauseReasonSerializer
    filterset_fields = ("code", "is_active")


class TimeEntryViewSet(ActingMixin, Records):
    """Who worked on which operation, from when to when. Acts answer with the entry as it stands afterwards."""

    capability = "production.labour.view"
    queryset = TimeEntry.objects.select_related("order", "person", "pause_reason").order_by("-id")
    serializer_class = TimeEntrySerializer
    filterset_fields = {
        "order": ["exact"], "order__number": ["exact"], "operation": ["exact"], "machine": ["exact"],
        "person": ["exact"], "kind": ["exact"], "is_void": ["exact"], "ended_at": ["isnull"],
        "started_at": ["gte", "lt"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    def get_permissions(self) -> list[Any]:
        """Who records time may begin, though not read the time of others."""
        if self.action == "create":
            self.capability = RECORD
        return list(super().get_permissions())

    @extend_schema(request=BeginWish, responses={201: TimeEntrySerializer})
    def create(self, request: Request) -> Response:
        """The clock of a person begins."""
        wish, at = _read(BeginWish, request), tapped_at(request, now())

        def begin(user: User) -> TimeEntry:
            return services.begin_work(
                actor=user, person=_person(user, wish["person"]), operation_id=wish["operation"], kind=wish["kind"],
                at=at, machine=_machine(user, wish["machine"]), key=_key(request, user),
            )  # fmt: skip

        return self._act(request, begin, status=201)

    @extend_schema(request=AddWish, responses={201: TimeEntrySerializer})
    @action(detail=False, methods=["post"])
    def add(self, request: Request) -> Response:
        """Write down work that nobody clocked."""
        wish, at = _read(AddWish, request), tapped_at(request, now())

        def add(user: User) -> TimeEntry:
            return services.add_entry(
                actor=user, person=_person(user, wish["person"]), operation_id=wish["operation"], kind=wish["kind"],
                started_at=wish["started_at"], ended_at=wish["ended_at"], reason=wish["reason"], at=at,
                machine=_machine(user, wish["machine"]),
            )  # fmt: skip

        return self._act(request, add, status=201)

    @extend_schema(request=WorkPauseWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"], capability=RECORD)
    def pause(self, request: Request, pk: str) -> Response:
        """Stop for a while, and say why."""
        wish, at = _read(WorkPauseWish, request), tapped_at(request, now())
        return self._act(request, lambda user: services.pause_work(actor=user, entry_id=int(pk), at=at, **wish))

    @extend_schema(request=EndWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"], capability=RECORD)
    def end(self, request: Request, pk: str) -> Response:
        """The person's part is done."""
        wish, at = _read(EndWish, request), tapped_at(request, now())
        return self._act(request, lambda user: services.end_work(actor=user, entry_id=int(pk), at=at, **wish))

    @extend_schema(request=HandOverWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"], url_path="hand-over", capability=RECORD)
    def hand_over(self, request: Request, pk: str) -> Response:
        """Somebody takes running work over; answers with the entry that runs now."""
        wish, at = _read(HandOverWish, request), tapped_at(request, now())
        return self._act(
            request,
            lambda user: services.hand_over(actor=user, entry_id=int(pk), to=_person(user, wish["to"]), at=at),
        )

    @extend_schema(request=CorrectWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Put an entry right."""
        wish, at = _read(CorrectWish, request), now()
        wish.pop("version", None)
        return self._act(
            request,
            lambda user: services.correct_entry(
                actor=user, entry_id=int(pk), at=at, version=version_read(request), **wish
            ),
        )

    @extend_schema(request=VoidWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Take an entry back; it counts nowhere."""
        wish, at = _read(VoidWish, request), now()
        return self._act(
            request,
            lambda user: services.void_entry(
                actor=user, entry_id=int(pk), reason=wish["reason"], at=at, version=version_read(request)
            ),
        )

    def _act(self, request: Request, wish: Callable[[User], TimeEntry], *, status: int = 200) -> Response:
        return self.act(request, lambda user: dict(TimeEntrySerializer(wish(user)).data), status=status)


def _read(form_class: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = form_class(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _person(user: User, said: str) -> User:
    return person_or_missing(said) if said.strip() else user


def _machine(user: User, machine_id: int | None) -> Machine | None:
    return None if machine_id is None else machine_of(user, machine_id)


def _key(request: Request, user: User) -> str:
    said = request.headers.get(KEY_HEADER, "")[:60]
    return f"{user.pk}:{said}" if said else ""
