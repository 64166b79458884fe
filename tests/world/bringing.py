"""Files of the old system brought over in a test: opened, mapped by themselves, checked, brought in, undone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.importing.services.undoing import undo_import
from factory_core.people.models import User
from factory_core.plant.models import Site

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def checked(
    actor: User, site: Site, kind: str, content: str | bytes | Path, *, sheet: str = "", name: str = "old.csv",
    without: tuple[str, ...] = (), columns: Mapping[str, str] = MappingProxyType({}), **options: object,
) -> ImportRun:  # fmt: skip
    """A run of this file whose rows were checked. A person leaves columns out, or says what they are, by header."""
    if isinstance(content, Path):
        name, content = content.name, content.read_bytes()
    data = content.encode() if isinstance(content, str) else content
    with acting(actor, channel="test"):
        run = open_run(actor=actor, site=site, name=name, content=[data], at=NOW, kind=kind, sheet=sheet)
        mapping = dict(run.mapping)
        for column in run.table["columns"]:
            number, header = str(column["number"]), column["header"]
            mapping[number] = "" if header in without else columns.get(header, mapping.get(number, ""))
        choose(actor=actor, run_id=run.pk, at=NOW, mapping=mapping, **options)
        return check_run(actor=actor, run_id=run.pk, at=NOW)


def brought(actor: User, site: Site, kind: str, content: str | bytes | Path, **more: object) -> ImportRun:
    """The same, brought in for good; every row must be good."""
    run = checked(actor, site, kind, content, **more)  # type: ignore[arg-type]  # tests name what they want
    report = report_of(run)
    assert report["refused"] == [], (run.mapping, report["refused"][:3])
    return carry_in(actor=actor, run_id=run.pk, at=NOW)


def undone(actor: User, run: ImportRun) -> ImportRun:
    """Everything of a run taken back."""
    with acting(actor, channel="test"):
        return undo_import(actor=actor, run_id=run.pk, at=NOW)
