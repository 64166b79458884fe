"""Set up inside the running plant for a story (through `manage.py shell`)."""

import json
import sys


def set_up() -> None:
    """A plant with its cast, a gateway that speaks for one press, and the reasons people choose from."""
    from django.contrib.auth.hashers import make_password

    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.people.models import User
    from factory_core.people.services import service_user
    from production.downtime.models import DowntimeReason
    from telemetry.states.services.rules import set_state_rule
    from tests.world.people import PASSWORD, the_cast
    from tests.world.plant import a_plant
    from tests.world.telemetry import a_gateway, a_tag

    plant = a_plant("story")
    cast = the_cast(plant)
    actor = service_user("plant")
    gateway, token = a_gateway(plant.site, "gw-story")
    a_tag(gateway, "press.execution", plant.press, "text")
    with acting(actor, channel="test"):
        User.objects.filter(pk__in=[user.pk for user in vars(cast).values()]).update(password=make_password(PASSWORD))
        technical = DowntimeReason.objects.create(code="TECHNICAL", name="Technical")
        DowntimeReason.objects.create(code="JAM", name="Jam", parent=technical, position=1)
        DowntimeReason.objects.create(code="TOOL", name="Tool change", parent=technical, position=2)
        definition = {"sources": [{"kind": "words", "tag": "press.execution"}]}
        set_state_rule(actor=actor, machine=plant.press, definition=definition, valid_from=now())
    json.dump(
        {"token": token, "machine": plant.press.pk, "password": PASSWORD,
         "names": {name: user.username for name, user in vars(cast).items()}},
        sys.stdout,
    )  # fmt: skip


def set_up_engineering() -> None:
    """A plant with its cast and a gateway that nobody has told anything yet."""
    from django.contrib.auth.hashers import make_password

    from factory_core.access.identity import acting
    from factory_core.people.models import User
    from factory_core.people.services import service_user
    from tests.world.people import PASSWORD, the_cast
    from tests.world.plant import a_plant
    from tests.world.telemetry import a_gateway

    plant = a_plant("story")
    cast = the_cast(plant)
    _gateway, token = a_gateway(plant.site, "GW-STORY", name="Hall 1")
    with acting(service_user("plant"), channel="test"):
        User.objects.filter(pk__in=[user.pk for user in vars(cast).values()]).update(password=make_password(PASSWORD))
    names = {name: user.username for name, user in vars(cast).items()}
    json.dump({"token": token, "machine": plant.press.pk, "password": PASSWORD, "names": names}, sys.stdout)
