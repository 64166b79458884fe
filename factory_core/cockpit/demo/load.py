"""Build the whole demo plant in one transaction: either it stands, or nothing of it."""

import json
from datetime import datetime
from pathlib import Path

from factory_core.access.identity import acting
from factory_core.cockpit.demo.machines import HISTORY, build_gateway, write_gateway_file
from factory_core.cockpit.demo.orders import build_orders
from factory_core.cockpit.demo.people import Account, build_people
from factory_core.cockpit.demo.places import build_places
from factory_core.cockpit.demo.products import build_products
from factory_core.cockpit.demo.reasons import build_reasons
from factory_core.cockpit.demo.stores import build_stores
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.labels.services.templates import make_default_templates


def load_demo(*, folder: Path, ingest_url: str, at: datetime) -> None:
    """Build the plant, and in `folder` the gateway's file and the list of accounts."""
    actor = service_user("demo")
    with acting(actor, channel="system", reason="demo plant"):
        machines = build_places(at.date())
        build_reasons()
        accounts = build_people(actor)
        token = build_gateway(actor, Site.objects.get(), machines, at)
        site = Site.objects.get()
        items = build_stores(actor=actor, site=site, at=at)
        build_products(actor=actor, site=site, items=items, machines=machines, at=at)
        build_orders(actor=actor, items=items, machines=machines, at=at, since=at - HISTORY)
        make_default_templates(actor=actor, at=at)
        write_gateway_file(folder / "gateway.toml", url=ingest_url, token=token, history_from=at - HISTORY)
        write_accounts(folder / "accounts.json", accounts)


def write_accounts(path: Path, accounts: list[Account]) -> None:
    """Keep what to sign in with, readable by the plant's own user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps([account.as_dict() for account in accounts], indent=1), encoding="utf-8")


def read_accounts(path: Path) -> list[Account]:
    """The accounts of the demo plant. Raises FileNotFoundError where none was loaded."""
    return [Account(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
