"""The IT administration: behind its capability, under a name, within the asker's places, in the trail."""

import os
import re
import subprocess
import sys
from datetime import time
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.people.models import ApiToken, User
from factory_core.plant.models import Line, Machine, Site
from factory_core.web.admin import PlantAdmin
from production.downtime.models import DowntimeReason
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ines(cast: Cast) -> Client:
    return as_(cast.it_admin)


def at(thing: Any, page: str = "change") -> str:
    meta = thing._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[thing.pk] if page != "add" else [])


def machine_form(machine: Machine, **changes: object) -> dict[str, object]:
    return {
        "code": machine.code,
        "name": machine.name,
        "line": machine.line_id,
        "position": machine.position,
        "stop_limit_s": machine.stop_limit_s,
        "is_active": "on",
        "read_version": machine.version,
        **changes,
    }


def test_every_registered_kind_opens_for_the_administrator(ines: Client, cast: Cast) -> None:
    assert ines.get("/admin/").status_code == 200
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        expected = 200 if model_admin.view_capability in _held(cast.it_admin) else 403
        assert (model, ines.get(reverse(f"{name}_changelist")).status_code) == (model, expected)
        if model_admin.manage_capability in _held(cast.it_admin):
            assert (model, ines.get(reverse(f"{name}_add")).status_code) == (model, 200)


def _held(user: User) -> set[str]:
    from factory_core.access.policy import grants_of
    from factory_core.access.roles import ROLES

    return set().union(*(ROLES[role] for role in grants_of(user).roles))


def test_pages_ask_no_outside_host_and_carry_their_own_policy(ines: Client, plant: Plant) -> None:
    for address in ("/admin/", at(plant.press), "/admin/factory_core/machine/"):
        answer = ines.get(address)
        loads = re.findall(r"""(?:src|href|action)=["']([a-z]+:)?//([^"'/]+)""", answer.content.decode())
        assert [host for _scheme, host in loads if host != "testserver"] == []
        policy = answer["Content-Security-Policy"]
        assert "'unsafe-eval'" in policy
        assert "default-src 'self'" in policy
        assert "http" not in policy
    assert "unsafe" not in ines.get("/people/rights/")["Content-Security-Policy"]


def test_a_change_stands_in_the_trail_under_the_administrators_name(ines: Client, cast: Cast, plant: Plant) -> None:
    answer = ines.post(at(plant.press), machine_form(plant.press, name="Press 7"))

    assert answer.status_code == 302
    entry = LogEntry.objects.get_for_object(plant.press).latest("pk")
    assert (entry.actor, entry.additional_data["channel"]) == (cast.it_admin, "admin")
    assert entry.changes == {"name": ["Press 1", "Press 7"], "version": ["1", "2"]}
    page = ines.get(at(plant.press, "history")).content.decode()
    assert all(word in page for word in ("Ines", "Press 1", "Press 7"))


def test_a_change_of_what_somebody_else_changed_is_refused(ines: Client, plant: Plant) -> None:
    ines.post(at(plant.press), machine_form(plant.press, name="First"))

    answer = ines.post(at(plant.press), machine_form(plant.press, name="Second"))

    assert answer.status_code == 200
    assert "Somebody else changed this in the meantime" in answer.content.decode()
    assert Machine.objects.get(pk=plant.press.pk).name == "First"


def test_nothing_outside_ones_places_is_seen_changed_or_moved_there(cast: Cast, plant: Plant) -> None:
    local = a_user("local", "it_admin", plant.line_a)
    client = as_(local)

    assert client.get(at(plant.press)).status_code == 200
    assert client.get(at(plant.robot)).status_code == 302
    assert "Robot 9" not in client.get("/admin/factory_core/machine/").content.decode()
    moved = client.post(at(plant.press), machine_form(plant.press, line=plant.line_b.pk))
    assert moved.status_code == 200
    assert "Select a valid choice" in moved.content.decode()
    made = client.post(at(Line(), "add"), {"code": "new", "name": "New", "area": plant.area.pk, "is_active": "on"})
    assert made.status_code == 200
    assert not Line.objects.filter(code="new").exists()
    assert Machine.objects.get(pk=plant.press.pk).line == plant.line_a


def test_a_refused_act_leads_back_to_the_filled_in_form(ines: Client, cast: Cast, plant: Plant) -> None:
    wish = {"code": "north", "name": "North works", "time_zone": "Europe/Berlin", "is_active": "on"}
    page = ines.post(at(plant.site, "add"), wish)

    assert page.status_code == 200
    assert "Only a superuser may add a site" in page.content.decode()
    assert 'value="North works"' in page.content.decode()
    assert not Site.objects.filter(code="north").exists()


def test_the_story_tells_what_the_administration_changed(ines: Client, cast: Cast, plant: Plant) -> None:
    ines.post(at(plant.press), machine_form(plant.press, name="Press 7"))

    event = Event.objects.get(name="plant.place_changed")
    assert (event.actor, event.machine, event.channel) == (cast.it_admin, plant.press, "admin")
    assert event.payload["fields"] == ["name"]


def test_a_machine_of_a_place_one_manages_can_be_added(cast: Cast, plant: Plant) -> None:
    local = as_(a_user("local", "it_admin", plant.line_a))
    wish = {"code": "new", "name": "New", "line": plant.line_a.pk, "position": 3, "stop_limit_s": 60, "is_active": "on"}
    assert local.post(at(Machine(), "add"), wish).status_code == 302
    assert Machine.objects.get(code="new").line == plant.line_a


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "owner", "auditor", "terminal"])
def test_everybody_else_stays_outside(cast: Cast, plant: Plant, who: str) -> None:
    client = as_(getattr(cast, who))
    for address in (
        "/admin/",
        "/admin/factory_core/machine/",
        at(plant.press),
        "/admin/search/?s=press",
        "/admin/autocomplete/",
        at(plant.press, "history"),
    ):
        assert client.get(address).status_code == 403
    assert client.post(at(plant.press), machine_form(plant.press, name="x")).status_code == 403
    assert Machine.objects.get(pk=plant.press.pk).name == "Press 1"


def test_nobody_is_sent_to_the_one_front_door(plant: Plant) -> None:
    for address in ("/admin/", "/admin/login/", at(plant.press)):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")


def test_facts_are_looked_at_only_and_records_never_deleted(cast: Cast, plant: Plant) -> None:
    root = as_(a_user("root", superuser=True))
    for model, model_admin in admin.site._registry.items():
        assert isinstance(model_admin, PlantAdmin)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if not model_admin.manage_capability:
            assert root.get(reverse(f"{name}_add")).status_code == 403
        if not model_admin.removable:
            assert root.post(reverse(f"{name}_delete", args=[1]), {"post": "yes"}).status_code in {302, 403}
    assert visible(a_user("root2", superuser=True), Machine.objects.all()).count() == 3


def test_classes_of_other_packages_are_not_shown() -> None:
    assert not admin.site.is_registered(Group)
    assert all(
        type(found).__module__.split(".")[0] not in {"auditlog", "guardian", "procrastinate"}
        for found in admin.site._registry.values()
    )


def person_form(**changes: object) -> dict[str, object]:
    return {
        "username": "paul",
        "display_name": "Paul",
        "kind": "person",
        "language": "",
        "badge": "",
        "is_active": "on",
        "new_password": "",
        "new_pin": "",
        **changes,
    }


def test_a_person_is_added_with_password_and_pin(ines: Client, cast: Cast) -> None:
    answer = ines.post("/admin/factory_core/user/add/", person_form(new_password="correct horse 9", new_pin="4712"))

    assert answer.status_code == 302
    paul = User.objects.get(username="paul")
    assert paul.check_password("correct horse 9")
    assert (paul.is_superuser, paul.is_staff, paul.badge, bool(paul.pin)) == (False, False, None, True)
    told = "".join(str(entry.changes) for entry in LogEntry.objects.get_for_object(paul))
    assert "argon2" not in told
    assert "pbkdf2" not in told


def test_a_bad_pin_or_password_changes_nothing(ines: Client, cast: Cast) -> None:
    assert (
        "too common"
        in ines.post("/admin/factory_core/user/add/", person_form(new_password="password12")).content.decode()
    )
    refused = ines.post("/admin/factory_core/user/add/", person_form(new_pin="1111"))
    assert refused.status_code == 200
    assert "A PIN is 4 digits, not all the same." in refused.content.decode()
    assert 'value="paul"' in refused.content.decode()
    assert not User.objects.filter(username="paul").exists()


def test_managing_people_does_not_reach_up_to_superusers(ines: Client, cast: Cast) -> None:
    root = a_user("root", superuser=True)
    wish = person_form(username="root", new_password="taken over now", read_version=root.version)
    assert ines.post(at(root), wish).status_code == 403
    ines.post(at(cast.operator), person_form(username=cast.operator.username, is_superuser="on", read_version=1))
    ines.post("/admin/factory_core/user/", {"action": "disable", "_selected_action": [root.pk]})

    assert not User.objects.get(pk=root.pk).check_password("taken over now")
    assert User.objects.get(pk=root.pk).is_active
    assert not User.objects.get(pk=cast.operator.pk).is_superuser
    assert as_(root).get(at(root)).status_code == 200


def test_a_terminal_gets_a_link_that_opens_it_once_shown(ines: Client, cast: Cast) -> None:
    answer = ines.post(
        "/admin/factory_core/user/", {"action": "terminal_link", "_selected_action": [cast.terminal.pk]}, follow=True
    )

    link = re.search(r"http://testserver(/terminal/[\w-]+/)", answer.content.decode())
    assert link is not None
    browser = Client()
    assert browser.get(link[1]).status_code == 302
    assert browser.session["_auth_user_id"] == str(cast.terminal.pk)


def test_a_person_is_disabled_by_the_action(ines: Client, cast: Cast) -> None:
    ines.post("/admin/factory_core/user/", {"action": "disable", "_selected_action": [cast.operator.pk]})
    assert not User.objects.get(pk=cast.operator.pk).is_active


def test_a_token_is_shown_once_and_revoked(ines: Client, cast: Cast) -> None:
    wish = {"user": cast.operator.pk, "name": "report", "scopes": ["read"], "days": 5}
    page = ines.post("/admin/factory_core/apitoken/add/", wish, follow=True).content.decode()
    assert re.search(r"mw_[\w-]{40,}", page)
    token = ApiToken.objects.get(name="report")
    assert (token.user, token.scopes) == (cast.operator, ["read"])
    assert not re.search(r"mw_[\w-]{40,}", ines.get("/admin/factory_core/apitoken/").content.decode())

    ines.post("/admin/factory_core/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_shift_keeps_its_weekdays_as_boxes(ines: Client, plant: Plant) -> None:
    wish = {
        "site": plant.site.pk,
        "line": "",
        "name": "Early",
        "starts": "06:00",
        "ends": "14:00",
        "weekdays": ["0", "2"],
        "valid_from": "",
        "valid_until": "",
        "breaks-TOTAL_FORMS": "1",
        "breaks-INITIAL_FORMS": "0",
        "breaks-0-starts": "09:00",
        "breaks-0-ends": "09:15",
    }
    assert ines.post("/admin/factory_core/shift/add/", wish).status_code == 302
    shift = plant.site.shifts.get()
    assert (shift.weekdays, [str(pause) for pause in shift.breaks.all()]) == (0b101, ["09:00–09:15"])

    changed = {**wish, "weekdays": ["0", "6"], "breaks-INITIAL_FORMS": "1", "read_version": shift.version}
    changed |= {"breaks-0-id": shift.breaks.get().pk, "breaks-0-shift": shift.pk, "breaks-0-ends": "09:30"}
    assert ines.post(at(shift), changed).status_code == 302
    shift.refresh_from_db()
    assert (shift.weekdays, shift.breaks.get().ends, shift.version) == (0b1000001, time(9, 30), 2)


def test_the_trail_is_read_field_by_field(ines: Client, plant: Plant) -> None:
    ines.post(at(plant.press), machine_form(plant.press, name="Press 7"))
    entry = LogEntry.objects.latest("pk")
    page = ines.get(reverse("admin:auditlog_logentry_change", args=[entry.pk])).content.decode()
    assert "<table" in page
    assert "Press 7" in page


def test_the_stock_admin_is_a_setting_away() -> None:
    code = (
        "import django, sys; django.setup(); from django.contrib import admin;"
        "from factory_core.web.admin import PlantAdmin;"
        "assert PlantAdmin.__mro__[1] is admin.ModelAdmin, PlantAdmin.__mro__;"
        "assert len(admin.site._registry) > 8; assert 'unfold' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "ADMIN_SKIN": "stock", "DJANGO_SETTINGS_MODULE": "factory_core.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_reasons_for_stops_are_kept_by_the_administrator(ines: Client, cast: Cast) -> None:
    address = "/admin/production/downtimereason/add/"
    wish = {
        "code": "tool",
        "name": "Tool",
        "kind": "UNPLANNED",
        "position": 1,
        "machine_words": "[]",
        "is_active": "on",
    }
    assert ines.post(address, {**wish, "parent": ""}).status_code == 302
    category = DowntimeReason.objects.get(code="tool")
    assert ines.post(address, {**wish, "code": "tool-broken", "parent": category.pk}).status_code == 302
    assert DowntimeReason.objects.get(code="tool-broken").parent == category
