"""What the source must not contain, and how long a file may be. Grows with the house by itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from factory_core.checks import OURS

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
# Written so that this file does not ban itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
OUTSIDE = re.compile(
    r"""(?:src|href|action|url|import|from)\s*[=(]?\s*["'(]?\s*(?:https?:)?//(?!www\.w3\.org)[\w.-]+"""
)
INLINE = re.compile(r"""\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|<style\b""")
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\bnonce=)(?![^>]*type=\"application/json\")")
CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|timezone\.now)\(")
# Processes that measure themselves or talk to the world outside Django.
OWN_CLOCK = ("factory_core/clock.py", "telemetry/edge/", "factory_core/processes/")


def committed(*patterns: str) -> list[Path]:
    """The files of the checkout that git knows."""
    done = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def source(*, tests: bool = False) -> list[Path]:
    """Our Python, without what Django generates."""
    folders = [f"{app}/*.py" for app in OURS] + ["manage.py"] + (["tests/*.py"] if tests else [])
    return [path for path in committed(*folders) if "/migrations/" not in path.as_posix()]


def found(pattern: re.Pattern[str], files: list[Path], allowed: tuple[str, ...] = ()) -> list[str]:
    """Where a pattern stands, as file:line."""
    return [
        f"{name}:{number}: {line.strip()[:90]}"
        for path in files
        if not (name := path.relative_to(ROOT).as_posix()).startswith(allowed or ("\0",))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    files = [*source(tests=True), *committed("static/js/*.js", "static/css/*.css", "templates/*.html")]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in files
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= MOST_LINES
    }
    assert long == {}


def test_nothing_is_left_unfinished() -> None:
    assert found(UNFINISHED, [*source(tests=True), *committed("templates/*.html", "static/js/*.js")]) == []


def test_there_is_one_clock() -> None:
    assert found(CLOCK, source(), OWN_CLOCK) == []


def test_rules_are_told_the_moment() -> None:
    askers = [
        path.relative_to(ROOT).as_posix()
        for path in source()
        if layer_of(path) in {"rules", "states", "queries"}
        and re.search(r"clock import now|\bclock\.now\(", path.read_text(encoding="utf-8"))
    ]
    assert askers == []


def layer_of(path: Path) -> str:
    """The layer of a file inside its topic: `production/orders/rules.py` → rules; "" outside a topic."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[2] if len(parts) > 2 else ""


def test_quantities_never_become_floats() -> None:
    words = re.compile(r"float\([^)]*(quantity|qty|amount|price|good|scrap)")
    # A drawing has no use for exactness.
    assert found(words, source(), ("factory_core/web/",)) == []


def test_the_product_does_not_print() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in source()
        if "commands" not in path.parts and "edge" not in path.parts and "processes" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_views_ask_queries_and_services_never_tables() -> None:
    edges = [path for path in source() if path.stem == "views"]
    assert edges
    # `visible(…)` around it is the one way a view may name a table.
    assert found(re.compile(r"^(?!.*\bvisible\().*(\.objects\b|\._default_manager\b)"), edges) == []


def test_no_error_is_swallowed() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for path in source()
        for handler in _handlers(path)
        if _catches_everything(handler) and all(isinstance(line, ast.Pass) for line in handler.body)
    ]
    assert silent == []


def _handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler))


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def test_an_ignored_rule_says_why() -> None:
    bare = re.compile(r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*$")
    assert found(bare, source()) == []


@pytest.mark.parametrize(
    "ban", [INLINE, SCRIPT, OUTSIDE], ids=["inline style or handler", "inline script", "outside host"]
)
def test_templates_are_fit_for_the_strict_policy(ban: re.Pattern[str]) -> None:
    assert found(ban, committed("templates/*.html")) == []


def test_nothing_is_fetched_from_outside() -> None:
    assert found(OUTSIDE, committed("static/*.js", "static/*.css", "static/*.svg")) == []


def test_every_text_on_a_page_can_be_translated() -> None:
    words = re.compile(r">\s*[A-Z][a-z]+(?: [a-z]+){1,}[.!?]?\s*<")
    assert found(words, committed("templates/*.html")) == []


def test_public_functions_say_what_they_do() -> None:
    silent = []
    for path in source():
        if layer_of(path) not in {"services", "queries", "rules"}:
            continue
        for node in ast.parse(path.read_text()).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and ast.get_docstring(node) is None:  # type: ignore[arg-type]
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")  # type: ignore[attr-defined]
    assert silent == []


def test_the_edge_and_the_wire_stand_alone() -> None:
    """Beside the import contract: the agent starts in an interpreter that has none of the house's packages loaded."""
    code = (
        "import sys, telemetry.edge.config, telemetry.wire;"
        "bad = {m.split('.')[0] for m in sys.modules} & {'django', 'psycopg', 'rest_framework', 'factory_core'};"
        "sys.exit(f'loaded: {bad}' if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
