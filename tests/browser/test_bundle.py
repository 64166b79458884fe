"""What the product serves: two pinned packages, three named files, nothing vendored, a small own script (A27)."""

import json
import re
import zlib
from pathlib import Path

from factory_core import settings as product

ROOT = Path(__file__).resolve().parents[2]
OWN_SCRIPT = sorted((ROOT / "static" / "js").glob("*.js"))
OWN_STYLE = sorted((ROOT / "static" / "css").glob("*.css"))


def test_exactly_three_third_party_files_are_served() -> None:
    assert product.NPM_FILES == {
        "vendor/htmx.js": "htmx.org/dist/htmx.esm.min.js",
        "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
        "vendor/uplot.css": "uplot/dist/uPlot.min.css",
    }


def test_packages_are_pinned_exactly_with_digests_and_no_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert wanted == {"htmx.org": "4.0.1", "uplot": "1.6.32"}
    assert {name.removeprefix("node_modules/"): pack["version"] for name, pack in locked.items() if name} == wanted
    assert all(pack["integrity"].startswith("sha512-") for name, pack in locked.items() if name)
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


def test_nothing_of_others_lies_in_the_repository() -> None:
    longest = {path.name: max(map(len, path.read_text().splitlines())) for path in OWN_SCRIPT}
    assert {name: length for name, length in longest.items() if length > 260} == {}
    assert {path.suffix for path in (ROOT / "static").rglob("*") if path.is_file()} == {".css", ".js", ".json", ".svg"}


def test_scripts_need_no_eval_and_write_no_markup() -> None:
    banned = re.compile(r"\beval\(|new Function|\.(inner|outer)HTML|insertAdjacentHTML|document\.write")
    assert [path.name for path in OWN_SCRIPT if banned.search(path.read_text())] == []


def test_templates_keep_to_the_policy() -> None:
    """No inline style, no handler attribute, no htmx feature that evaluates text."""
    banned = re.compile(r"\sstyle=|\son[a-z]+=|hx-on|js:|hx-trigger=\"[^\"]*\[")
    pages = sorted((ROOT / "templates").rglob("*.html"))
    own = [page for page in pages if "admin" not in page.parts]
    assert own
    # What stands inside a template tag is read by the server and never by a browser.
    sent = {str(page.relative_to(ROOT)): re.sub(r"{%.*?%}", "", page.read_text()) for page in own}
    assert [name for name, text in sent.items() if banned.search(text)] == []


def test_own_script_and_style_stay_small() -> None:
    script = sum(len(zlib.compress(path.read_bytes(), 9)) for path in OWN_SCRIPT)
    style = sum(len(zlib.compress(path.read_bytes(), 9)) for path in OWN_STYLE)
    assert script <= 28_000
    assert style <= 18_500
