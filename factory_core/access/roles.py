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
    "import.view": _("see what was imported"),
    "import.run": _("bring files over, and undo what one brought"),
    "import.accept": _("accept an import for good"),
    "trail.view": _("read the history of a record"),
    "trail.all": _("read the whole trail"),
    "health.view": _("see the health of the system"),
    "health.repair": _("retry or dismiss what needs a look"),
    "admin.use": _("use the IT administration"),
    "webhook.manage": _("set up what other programs are told"),
    "telemetry.view": _("see readings and states of machines"),
    "telemetry.reading.import": _("bring readings of machines over"),
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
    "production.product.view": _("see bills of materials and routings"),
    "production.product.manage": _("draft bills of materials and routings"),
    "production.product.release": _("release bills of materials and routings"),
    "production.material.issue": _("take and give back material of orders"),
    "production.output.report": _("put finished goods into stock"),
    "production.labour.record": _("record one's own working time on orders"),
    "production.labour.view": _("see the working time of people on orders"),
    "production.labour.correct": _("put working time right"),
    "production.check.record": _("confirm instructions and record checks"),
    "production.handover.sign": _("sign the handover of a shift"),
    "production.account.manage": _("close and reopen time accounts and set targets"),
    "production.planning.view": _("see what has to be made and bought"),
    "production.planning.run": _("compute net requirements and firm proposals"),
    "production.cost.view": _("see rates and the cost of orders"),
    "production.cost.manage": _("set rates, roll up and settle costs"),
    "production.report.view": _("make and open reports"),
    "inventory.item.view": _("see items"),
    "inventory.item.manage": _("create and change items"),
    "inventory.cost.view": _("see costs and purchase prices"),
    "inventory.cost.manage": _("set costs and purchase prices"),
    "inventory.price.view": _("see sales prices"),
    "inventory.price.manage": _("set sales prices"),
    "inventory.stock.view": _("see stock, lots and places of stock"),
    "inventory.location.manage": _("set up places of stock"),
    "inventory.stock.move": _("move, issue and take back stock"),
    "inventory.stock.receive": _("receive goods"),
    "inventory.stock.scrap": _("scrap and regrade stock"),
    "inventory.stock.count": _("count stock"),
    "inventory.stock.adjust": _("accept the differences of a count"),
    "inventory.lot.judge": _("hold, release and reject lots"),
    "inventory.purchasing.view": _("see purchase requests and orders"),
    "inventory.purchasing.request": _("ask for something to be bought"),
    "inventory.purchasing.manage": _("enquire, order and return goods"),
    "inventory.sales.view": _("see sales orders"),
    "inventory.sales.manage": _("enter and change sales orders"),
    "inventory.dispatch.view": _("see dispatches"),
    "inventory.dispatch.pick": _("pick and pack"),
    "inventory.dispatch.send": _("send dispatches and note their delivery"),
    "inventory.label.print": _("print labels"),
    "inventory.label.manage": _("design labels"),
}

_LOOK = {
    "plant.view",
    "telemetry.view",
    "production.view",
    "inventory.item.view",
    "inventory.stock.view",
    "trail.view",
    "event.view",
}
_STORE = {
    "plant.view",
    "partner.view",
    "trail.view",
    "event.view",
    "inventory.item.view",
    "inventory.stock.view",
    "inventory.stock.move",
    "inventory.stock.receive",
    "inventory.stock.count",
    "inventory.purchasing.view",
    "inventory.purchasing.request",
    "inventory.dispatch.view",
    "inventory.dispatch.pick",
    "inventory.label.print",
}
_MONEY = {"inventory.cost.view", "inventory.price.view", "production.cost.view"}
_OFFICE = {"inventory.purchasing.view", "inventory.sales.view", "inventory.dispatch.view"}
_OPERATE = _LOOK | {
    "production.order.run",
    "production.count.report",
    "production.downtime.explain",
    "production.help.call",
    "production.product.view",
    "production.material.issue",
    "production.output.report",
    "production.labour.record",
    "production.check.record",
    "inventory.label.print",
}
_SUPERVISE = (
    _OPERATE
    | {
        "people.view",
        "partner.view",
        "production.order.manage",
        "production.downtime.edit",
        "production.downtime.explain_late",
        "production.labour.view",
        "production.labour.correct",
        "production.handover.sign",
        "production.account.manage",
        "production.planning.view",
        "production.report.view",
        "inventory.stock.move",
        "inventory.stock.scrap",
        "inventory.stock.count",
        "inventory.stock.adjust",
        "inventory.purchasing.request",
        "health.view",
    }
    | _OFFICE
)

ROLES: dict[str, set[str]] = {
    "operator": _OPERATE,
    "supervisor": _SUPERVISE,
    "planner": _LOOK
    | _OFFICE
    | {
        "production.order.manage",
        "production.product.view",
        "production.product.manage",
        "production.product.release",
        "production.labour.view",
        "production.planning.view",
        "production.planning.run",
        "production.report.view",
        "partner.view",
        "inventory.item.manage",
        "inventory.purchasing.request",
        "inventory.sales.manage",
        "inventory.label.print",
    },
    # Who can be called to a machine can say that they come.
    "quality": _LOOK
    | {
        "production.help.call",
        "production.product.view",
        "production.check.record",
        "production.report.view",
        "partner.view",
        "inventory.lot.judge",
        "inventory.stock.scrap",
        "inventory.label.print",
    },
    "maintenance": _LOOK
    | {
        "telemetry.device.view",
        "production.downtime.explain",
        "production.help.call",
        "inventory.purchasing.request",
    },
    # Picked lots are handed out by the store, so it must see what the orders need.
    "storekeeper": _STORE
    | {"inventory.stock.scrap", "inventory.location.manage", "production.view", "production.material.issue"},
    "buyer": _STORE
    | _OFFICE
    | {
        "production.product.view",
        "production.planning.view",
        "inventory.item.manage",
        "inventory.cost.view",
        "inventory.cost.manage",
        "inventory.purchasing.manage",
        "partner.manage",
    },
    "sales": {
        "plant.view",
        "production.view",
        "partner.view",
        "partner.manage",
        "trail.view",
        "event.view",
        "inventory.item.view",
        "inventory.stock.view",
        "inventory.price.view",
        "inventory.price.manage",
        "inventory.sales.manage",
    }
    | _OFFICE,
    "dispatcher": _STORE | _OFFICE | {"production.view", "inventory.sales.manage", "inventory.dispatch.send"},
    "owner": _LOOK
    | _OFFICE
    | _MONEY
    | {
        "people.view",
        "partner.view",
        "health.view",
        "import.view",
        "import.accept",
        "production.product.view",
        "production.labour.view",
        "production.planning.view",
        "production.report.view",
    },
    "controller": _LOOK
    | _OFFICE
    | _MONEY
    | {
        "partner.view",
        "production.product.view",
        "production.labour.view",
        "production.planning.view",
        "production.report.view",
        "production.cost.manage",
        "inventory.cost.manage",
    },
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
        "production.product.view",
        "inventory.item.view",
        "inventory.stock.view",
        "inventory.location.manage",
        "inventory.label.print",
        "inventory.label.manage",
        "health.view",
        "health.repair",
        "trail.view",
        "trail.all",
        "event.view",
        "admin.use",
        "webhook.manage",
    },
    "migrator": _LOOK
    | _OFFICE
    | _MONEY
    | {
        "import.view",
        "import.run",
        "plant.manage",
        "telemetry.reading.import",
        "partner.view",
        "partner.manage",
        "production.order.manage",
        "production.downtime.reasons",
        "production.product.view",
        "production.product.manage",
        "production.product.release",
        "production.cost.manage",
        "inventory.item.manage",
        "inventory.cost.manage",
        "inventory.price.manage",
        "inventory.location.manage",
        "inventory.stock.receive",
        "inventory.stock.adjust",
        "inventory.purchasing.manage",
        "inventory.sales.manage",
    },
    "auditor": _LOOK
    | _OFFICE
    | _MONEY
    | {
        "people.view",
        "partner.view",
        "import.view",
        "trail.all",
        "telemetry.device.view",
        "health.view",
        "production.product.view",
        "production.labour.view",
        "production.planning.view",
        "production.report.view",
    },
    "terminal": {"plant.view", "telemetry.view", "production.view"},
}

ROLE_NAMES = {
    "operator": _("operator"),
    "supervisor": _("supervisor"),
    "planner": _("planner"),
    "quality": _("quality"),
    "maintenance": _("maintenance"),
    "storekeeper": _("storekeeper"),
    "buyer": _("buyer"),
    "sales": _("sales clerk"),
    "dispatcher": _("dispatcher"),
    "owner": _("owner"),
    "controller": _("controller"),
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
