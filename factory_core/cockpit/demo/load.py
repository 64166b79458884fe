"""Build the whole demo plant in one transaction: either it stands, or nothing of it."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from factory_core.access.identity import acting
from factory_core.cockpit.demo.machines import HISTORY, build_gateway, write_gateway_file
from factory_core.cockpit.demo.people import Account, build_people
from factory_core.cockpit.demo.places import MACHINES, build_places
from factory_core.cockpit.demo.reasons import build_reasons
from factory_core.cockpit.demo.stores import build_stores
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine, Site
from inventory.labels.services.templates import make_default_templates
from production.orders.services import plan_order, start_order


def load_demo(*, folder: Path, ingest_url: str, at: datetime) -> None:
    """Build the plant, and in `folder` the gateway's file and the list of accounts."""
    actor = service_user("demo")
    with acting(actor, channel="system", reason="demo plant"):
        machines = build_places(at.date())
        build_reasons()
        accounts = build_people(actor)
        token = build_gateway(actor, Site.objects.get(), machines, at)
        _build_orders(actor, machines, at)
        build_stores(actor=actor, site=Site.objects.get(), at=at)
        make_default_templates(actor=actor, at=at)
        write_gateway_file(folder / "gateway.toml", url=ingest_url, token=token, history_from=at - HISTORY)
        write_accounts(folder / "accounts.json", accounts)


def _build_orders(actor: User, machines: dict[str, Machine], at: datetime) -> None:
    for demo in MACHINES:
        cycle = Decimal(demo.cycle_s)
        for following, quantity in enumerate((demo.quantity, demo.quantity // 2)):
            order = plan_order(
                actor=actor, machine=machines[demo.code], item_text=demo.item, quantity=Decimal(quantity),
                ideal_cycle_s=cycle, at=at, due_at=at + timedelta(hours=10 + 14 * following),
            )  # fmt: skip
            if not following:
                start_order(actor=actor, order_id=order.pk, at=at - HISTORY)


def write_accounts(path: Path, accounts: list[Account]) -> None:
    """Keep what to sign in with, readable by the plant's own user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps([account.as_dict() for account in accounts], indent=1), encoding="utf-8")


def read_accounts(path: Path) -> list[Account]:
    """The accounts of the demo plant. Raises FileNotFoundError where none was loaded."""
    return [Account(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
