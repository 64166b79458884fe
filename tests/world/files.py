"""Files as people bring them: opened, mapped, checked and brought in by the acts of the product."""

from datetime import datetime
from typing import Any

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.people.models import User
from factory_core.plant.models import Site


def checked_file(
    actor: User, site: Site, name: str, text: str | bytes, *, at: datetime, kind: str = "", **options: Any
) -> ImportRun:
    """A file with its rows checked. `columns` maps headers to fields; what is not named there is left out."""
    content = text.encode() if isinstance(text, str) else text
    with acting(actor, channel="test"):
        run = open_run(actor=actor, site=site, name=name, content=[content], at=at, kind=kind)
    columns = options.pop("columns", None)
    if columns is not None:
        options["mapping"] = {
            str(column["number"]): columns.get(column["header"], "") for column in run.table["columns"]
        }  # fmt: skip
    with acting(actor, channel="test"):
        choose(actor=actor, run_id=run.pk, at=at, **options)
        return check_run(actor=actor, run_id=run.pk, at=at)


def brought(
    actor: User, site: Site, name: str, text: str | bytes, *, at: datetime, kind: str = "", **options: Any
) -> ImportRun:
    """A file brought in for good."""
    run = checked_file(actor, site, name, text, at=at, kind=kind, **options)
    return carry_in(actor=actor, run_id=run.pk, at=at)
