"""Who may do what: the one readable table of capabilities and roles. Plain Python."""

from django.utils.translation import gettext_lazy as _

CAPABILITIES = {
    "plant.view": _("see places and machines"),
    "plant.manage": _("set up places, shifts and holidays"),
    "people.view": _("see people"),
    "people.manage": _("manage people, roles and terminals"),
    "partner.view": _("see customers and suppliers"),
    "partner.manage": _("manage customers and suppliers"),
    "event.view": _("read the story of things"),
    "trail.view": _("read the history of a record"),
    "trail.all": _("read the whole trail"),
    "health.view": _("see the health of the system"),
    "health.repair": _("retry or dismiss what needs a look"),
    "admin.use": _("use the IT administration"),
    "telemetry.view": _("see readings and states of machines"),
    "telemetry.device.view": _("see gateways, devices and tags"),
    "telemetry.device.manage": _("set up gateways, devices and tags"),
    "telemetry.gateway.enrol": _("enrol and revoke gateways"),
    "telemetry.rule.edit": _("set how signals become states"),
    "production.view": _("see orders, counts and stops"),
    "production.order.manage": _("plan and change orders"),
    "production.order.run": _("start, pause and finish orders"),
    "production.count.report": _("report good parts and scrap"),
    "production.downtime.explain": _("give a stop its reason"),
    "production.downtime.explain_late": _("give a reason after 24 hours"),
    "production.downtime.edit": _("split and merge stops"),
    "production.downtime.reasons": _("manage the list of reasons"),
    "production.help.call": _("call for help"),
}

_LOOK = {"plant.view", "telemetry.view", "production.view", "trail.view", "event.view"}
_OPERATE = _LOOK | {
    "production.order.run",
    "production.count.report",
    "production.downtime.explain",
    "production.help.call",
}
_SUPERVISE = _OPERATE | {
    "people.view",
    "partner.view",
    "production.order.manage",
    "production.downtime.edit",
    "production.downtime.explain_late",
    "health.view",
}

ROLES: dict[str, set[str]] = {
    "operator": _OPERATE,
    "supervisor": _SUPERVISE,
    "planner": _LOOK | {"production.order.manage", "partner.view"},
    # Who can be called to a machine can say that they come.
    "quality": _LOOK | {"production.help.call"},
    "maintenance": _LOOK | {"telemetry.device.view", "production.downtime.explain", "production.help.call"},
    "buyer": {"plant.view", "partner.view"},
    "dispatcher": {"plant.view", "production.view", "partner.view"},
    "owner": _LOOK | {"people.view", "partner.view", "health.view"},
    "it_admin": {
        "plant.view",
        "plant.manage",
        "people.view",
        "people.manage",
        "telemetry.view",
        "telemetry.device.view",
        "telemetry.device.manage",
        "telemetry.gateway.enrol",
        "telemetry.rule.edit",
        "production.downtime.reasons",
        "health.view",
        "health.repair",
        "trail.view",
        "trail.all",
        "event.view",
        "admin.use",
    },
    "migrator": _LOOK | {"partner.view", "partner.manage"},
    "auditor": _LOOK | {"people.view", "partner.view", "trail.all", "telemetry.device.view", "health.view"},
    "terminal": {"plant.view", "telemetry.view", "production.view"},
}

ROLE_NAMES = {
    "operator": _("operator"),
    "supervisor": _("supervisor"),
    "planner": _("planner"),
    "quality": _("quality"),
    "maintenance": _("maintenance"),
    "buyer": _("buyer"),
    "dispatcher": _("dispatcher"),
    "owner": _("owner"),
    "it_admin": _("IT administrator"),
    "migrator": _("migrator"),
    "auditor": _("auditor"),
    "terminal": _("terminal"),
}


def roles_with(capability: str) -> frozenset[str]:
    """The roles that hold a capability.

    Raises KeyError for a capability nobody declared: a typing error must not become a closed or an open door.
    """
    CAPABILITIES[capability]
    return frozenset(role for role, held in ROLES.items() if capability in held)
