"""What the pages for users say exists: every refusal is explained, every link leads somewhere, every rule is a rule."""

import importlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.urls import get_resolver
from rest_framework.exceptions import APIException

from factory_core.access.roles import ROLES
from factory_core.errors import Refusal
from telemetry.states.rules.definition import read_definition
from tests.architecture.test_bans import ROOT, committed

DOCS = ROOT / "docs"
PROBLEMS = DOCS / "problems.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def below(family: type[Any]) -> Iterator[type[Any]]:
    """Every class that is one of a family."""
    for child in family.__subclasses__():
        yield child
        yield from below(child)


def all_refusals() -> set[str]:
    """The code of every refusal of the product."""
    # Not every act has an edge yet, so the edges alone would not import them all.
    assert get_resolver().url_patterns
    for path in committed("*/services.py", "*/services/*.py"):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    ours = [kind for kind in below(Refusal) if not kind.__module__.startswith("tests")]
    return {str(kind.code) for kind in ours}


def explained() -> set[str]:
    """The codes in the first column of the tables of problems.md."""
    cells = re.findall(r"^\| (`[^|]*`) \|", PROBLEMS.read_text(), re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`([a-z_]+)`", cell)}


def test_every_refusal_is_explained() -> None:
    assert len(all_refusals()) > 50
    assert all_refusals() - explained() == set()


def test_only_codes_that_exist_are_explained() -> None:
    frameworks = {str(kind.default_code) for kind in below(APIException)}
    ingest = "".join(path.read_text() for path in [*committed("telemetry/ingest/*.py"), ROOT / "telemetry/wire.py"])
    at_the_door = set(re.findall(r'"([a-z_]+)"', ingest))
    edges = committed("factory_core/importing/*.py", "*/importers.py", "*/importers/*.py")
    cells = [*edges, *committed("*/services/bringing*.py", "*/services/bringing/*.py")]
    in_cells = set(re.findall(r'"([a-z_]+)"', "".join(path.read_text() for path in cells)))
    assert explained() - all_refusals() - frameworks - at_the_door - in_cells == set()


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = committed("*.md")
    assert len(pages) > 12
    broken = [
        f"{page.relative_to(ROOT)}: {target}" for page in pages for target in LINK.findall(page.read_text())
        if not target.startswith("http") and not _leads(page, target)
    ]  # fmt: skip
    assert broken == []


def test_the_state_rules_of_the_pages_can_be_used() -> None:
    rules = re.findall(r"```json\n(.*?)```", (DOCS / "it.md").read_text(), re.DOTALL)
    assert len(rules) >= 4
    for rule in rules:
        assert read_definition(json.loads(rule)).sources


def test_roles_named_in_commands_exist() -> None:
    named = {role for page in committed("*.md") for role in re.findall(r"--role ([a-z_]+)", page.read_text())}
    assert named
    assert named <= set(ROLES)


def test_every_resource_and_act_of_the_api_is_named() -> None:
    told = set(re.findall(r"[a-z]+(?:-[a-z]+)*", (DOCS / "api.md").read_text()))
    named: set[str] = set()
    for pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if view is not None and hasattr(view, "get_extra_actions"):
            resource = re.match(r"\^?([a-z-]+)", str(pattern.pattern))
            assert resource is not None
            named |= {resource[1], *(act.url_path for act in view.get_extra_actions())}
    assert len(named) > 25
    assert named - told == set()


def _patterns(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _leads(page: Path, target: str) -> bool:
    name, _hash, anchor = target.partition("#")
    aim = (page.parent / name).resolve() if name else page
    if not aim.exists():
        return False
    if not anchor:
        return True
    heads = re.findall(r"^#+ (.*)$", aim.read_text(), re.MULTILINE)
    return anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
