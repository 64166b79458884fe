"""However a row is changed, the trail holds exactly one entry for it, with who, by which channel, in which chain."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import F, QuerySet

from factory_core.access.identity import acting
from factory_core.calendar.models import Shift, ShiftBreak
from factory_core.numbering.models import NumberSeries
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site
from tests.world.people import Cast, a_user
from tests.world.plant import Plant

CREATE, UPDATE, DELETE = LogEntry.Action.CREATE, LogEntry.Action.UPDATE, LogEntry.Action.DELETE


@pytest.fixture
def ines(cast: Cast) -> User:
    return cast.it_admin


def entries_since(mark: int) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(pk__gt=mark).order_by("pk")


def mark() -> int:
    return LogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_an_insert_by_save_tells_every_value_that_is_set(ines: User) -> None:
    before = mark()
    with acting(ines, channel="admin", reason="new hall", correlation="c-1"):
        site = Site.objects.create(code="s1", name="Bremen 2")

    entry = entries_since(before).get()
    assert (entry.action, entry.object_id, entry.object_pk) == (CREATE, site.pk, str(site.pk))
    assert entry.actor == ines
    assert entry.cid == "c-1"
    assert {key: entry.additional_data[key] for key in ("channel", "reason")} == {
        "channel": "admin",
        "reason": "new hall",
    }
    assert entry.additional_data["txid"] > 0
    assert entry.object_repr == "s1 Bremen 2"
    assert entry.changes["code"] == ["None", "s1"]
    assert entry.changes["is_active"] == ["None", "True"]
    assert entry.changes["time_zone"] == ["None", "Europe/Berlin"]
    assert "updated_at" not in entry.changes


def test_an_update_by_save_tells_the_changed_values_only(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines):
        plant.press.name, plant.press.stop_limit_s = "Press 7", 120
        plant.press.save()

    assert entries_since(before).get().changes == {"name": ["Press 1", "Press 7"], "stop_limit_s": ["300", "120"]}


def test_a_save_that_changes_nothing_writes_nothing(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines):
        plant.press.save()

    assert not entries_since(before).exists()


def test_get_or_create_writes_once(ines: User) -> None:
    before = mark()
    with acting(ines):
        for _again in range(3):
            NumberSeries.objects.get_or_create(code="PO", defaults={"prefix": "PO-"})

    assert [entry.action for entry in entries_since(before)] == [CREATE]


def test_update_of_a_queryset_writes_one_entry_a_row(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines):
        assert Machine.objects.filter(line=plant.line_a).update(stop_limit_s=60) == 2

    assert [(entry.object_id, entry.action, entry.changes) for entry in entries_since(before)] == [
        (plant.press.pk, UPDATE, {"stop_limit_s": ["300", "60"]}),
        (plant.lathe.pk, UPDATE, {"stop_limit_s": ["300", "60"]}),
    ]


def test_bulk_create_writes_one_entry_a_row(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines):
        Machine.objects.bulk_create([Machine(code=f"bulk-{n}", name=str(n), line=plant.line_a) for n in range(1000)])

    assert entries_since(before).filter(action=CREATE, actor=ines).count() == 1000
    assert entries_since(before).count() == 1000


def test_bulk_update_writes_one_entry_a_row(ines: User, plant: Plant) -> None:
    before = mark()
    plant.press.position, plant.lathe.position = 5, 6
    with acting(ines):
        Machine.objects.bulk_update([plant.press, plant.lathe], ["position"])

    assert [entry.changes for entry in entries_since(before)] == [{"position": ["1", "5"]}, {"position": ["2", "6"]}]


def test_an_expression_is_told_by_its_value(ines: User) -> None:
    with acting(ines):
        series = NumberSeries.objects.create(code="X", next_value=41)
        before = mark()
        series.next_value = F("next_value") + 1
        series.save(update_fields=["next_value"])

    assert entries_since(before).get().changes == {"next_value": ["41", "42"]}


def test_raw_sql_is_told_like_everything_else(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines, channel="cli"), connection.cursor() as cursor:
        cursor.execute("UPDATE factory_core_machine SET name = 'By hand' WHERE id = %s", [plant.robot.pk])

    entry = entries_since(before).get()
    assert (entry.actor, entry.changes) == (ines, {"name": ["Robot 9", "By hand"]})


def test_a_cascade_writes_an_entry_for_every_row_that_went(ines: User, plant: Plant) -> None:
    with acting(ines):
        shift = Shift.objects.create(site=plant.site, name="Early", starts="06:00", ends="14:00")
        for hour in (9, 12):
            ShiftBreak.objects.create(shift=shift, starts=f"{hour:02}:00", ends=f"{hour:02}:15")
        before = mark()
        shift.delete()

    gone = [(entry.content_type.model, entry.action) for entry in entries_since(before)]
    assert gone == [("shiftbreak", DELETE), ("shiftbreak", DELETE), ("shift", DELETE)]
    assert entries_since(before).last().changes["name"] == ["Early", "None"]


def test_a_many_to_many_change_stands_at_its_owner(ines: User, cast: Cast) -> None:
    with acting(ines):
        packers, fitters = Group.objects.create(name="packers"), Group.objects.create(name="fitters")
        before = mark()
        cast.operator.groups.set([packers, fitters])
        cast.operator.groups.remove(packers)

    told = [(entry.content_type.model, entry.object_id, entry.action, entry.changes) for entry in entries_since(before)]
    owner = ("user", cast.operator.pk, UPDATE)

    def link(operation: str, group: Group) -> dict[str, dict[str, object]]:
        return {"groups": {"type": "m2m", "operation": operation, "objects": [str(group.pk)]}}

    assert sorted(told[:2], key=str) == sorted(
        [(*owner, link("add", packers)), (*owner, link("add", fitters))], key=str
    )
    assert told[2:] == [(*owner, link("delete", packers))]


def test_rights_at_a_place_are_told(ines: User, plant: Plant) -> None:
    before = mark()
    paul = a_user("paul", "operator", plant.line_a)

    grant = entries_since(before).get(content_type__model="linegrant")
    assert grant.changes["user"] == ["None", str(paul.pk)]
    assert grant.changes["permission"] == [
        "None",
        str(
            Permission.objects.get(
                codename="as_operator", content_type__app_label="factory_core", content_type__model="line"
            ).pk
        ),
    ]


def test_a_changed_key_is_told_as_one_row_gone_and_one_come(ines: User) -> None:
    with acting(ines), connection.cursor() as cursor:
        site = Site.objects.create(code="key", name="Key")
        before = mark()
        cursor.execute("UPDATE factory_core_site SET id = -5 WHERE id = %s", [site.pk])

    assert {(entry.object_id, entry.action) for entry in entries_since(before)} == {(site.pk, DELETE), (-5, CREATE)}


def test_what_opens_a_door_is_masked(ines: User, cast: Cast) -> None:
    before = mark()
    with acting(ines):
        cast.operator.password, cast.operator.badge = "argon2$new", None
        cast.operator.save()

    changes = entries_since(before).get().changes
    assert changes == {"password": ["•••", "•••"], "badge": ["•••", "None"]}


def test_a_rolled_back_act_leaves_no_entry(ines: User, plant: Plant) -> None:
    before = mark()
    with acting(ines):
        Machine.objects.filter(pk=plant.press.pk).update(name="never")
        assert entries_since(before).count() == 1
        transaction.set_rollback(True)

    assert not entries_since(before).exists()


def test_an_act_inside_an_act_gives_the_outer_actor_back(ines: User, cast: Cast, plant: Plant) -> None:
    before = mark()
    with acting(ines, channel="web"):
        plant.press.name = "1"
        plant.press.save()
        with acting(cast.supervisor, channel="api"):
            plant.press.name = "2"
            plant.press.save()
        plant.press.name = "3"
        plant.press.save()
        with pytest.raises(ZeroDivisionError), acting(cast.supervisor, channel="api"):
            raise ZeroDivisionError
        plant.press.name = "4"
        plant.press.save()

    told = [(entry.actor, entry.additional_data["channel"]) for entry in entries_since(before)]
    assert told == [(ines, "web"), (cast.supervisor, "api"), (ines, "web"), (ines, "web")]


def test_after_an_act_inside_a_longer_transaction_nobody_acts_any_more(ines: User, plant: Plant) -> None:
    with transaction.atomic():
        with acting(ines):
            plant.press.save()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('millwright.actor', true)")
            assert cursor.fetchone() == ("",)


def test_auditlogs_own_views_understand_the_entries(ines: User, plant: Plant) -> None:
    with acting(ines):
        plant.press.line, plant.press.is_active = plant.line_b, False
        plant.press.save()

    entry = LogEntry.objects.get_for_object(plant.press).order_by("-pk")[0]
    assert entry.changes_display_dict == {"line": ["Line A", "Line B"], "in use": ["True", "False"]}
    assert "is_active: True → False" in entry.changes_str
    assert LogEntry.objects.get_for_objects(Machine.objects.filter(line__area=plant.area)).count() == 4


def test_times_are_stored_exactly(ines: User, plant: Plant) -> None:
    with acting(ines), connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Asia/Tokyo'")
        Machine.objects.filter(pk=plant.press.pk).update(created_at="2026-03-29T01:30:00.123456+01:00")

    new = LogEntry.objects.get_for_object(plant.press).latest("pk").changes["created_at"][1]
    assert new == "2026-03-29T00:30:00.123456+00:00"
