"""How far somebody's own rights reach: which roles they may not give, and whom they may not change."""

from collections.abc import Collection
from typing import Any

from factory_core.access.policy import may
from factory_core.access.queries import GRANTS
from factory_core.access.roles import ROLES
from factory_core.people.models import User
from factory_core.plant.models import Place

# Capabilities by which people rule over others and over the plant itself; all others are work.
POWERS = frozenset(
    (
        "people.manage",
        "plant.manage",
        "admin.use",
        "telemetry.gateway.enrol",
        "trail.all",
        "import.run",
        "import.accept",
    )
)


class Reach:
    """What one person may hand on at the places of their own; each question is asked once."""

    def __init__(self, actor: User) -> None:
        self._actor = actor
        self._held: dict[tuple[str, str, int], bool] = {}

    def is_over(self, role: str, place: Place) -> bool:
        """Whether a role rules in a way in which the actor themself does not at that place."""
        return any(not self._may(power, place) for power in ROLES[role] & POWERS)

    def over(self, people: Collection[User]) -> set[int]:
        """Those of these people who hold a role over the actor anywhere, or everything. Four questions."""
        ids = [person.pk for person in people]
        above = {person.pk for person in people if person.is_superuser and not self._actor.is_superuser}
        for grants in GRANTS.values():
            manager: Any = grants._default_manager
            for one in manager.filter(user_id__in=ids).select_related("permission", "content_object"):
                role = one.permission.codename.removeprefix("as_")
                if role in ROLES and self.is_over(role, one.content_object):
                    above.add(one.user_id)
        return above

    def _may(self, power: str, place: Place) -> bool:
        key = (power, place._meta.label_lower, place.pk)
        if key not in self._held:
            self._held[key] = may(self._actor, power, place)
        return self._held[key]
