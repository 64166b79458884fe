"""Texts and their translations: reads gettext files, and collects the texts of the source as `make messages` does."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import template

# The same calls that Django's own collecting knows.
KEYWORDS = (
    "gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3", "pgettext_lazy:1c,2",
    "npgettext_lazy:1c,2,3",
)  # fmt: skip
_LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$')


@dataclass
class Message:
    """One entry: the text to translate, where it stands, and what it became in each plural form."""

    context: str = ""
    text: str = ""
    plural: str = ""
    said: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it another text."""
        return self.context, self.text, self.plural


def read(text: str) -> list[Message]:
    """The entries of a gettext file without its header."""
    return [message for message in map(_entry, text.split("\n\n")) if message.text]


def header(text: str) -> str:
    """What stands before the first entry."""
    return text.split("\n\n", 1)[0]


def _entry(block: str) -> Message:
    parts: dict[str, str] = {}
    flags: set[str] = set()
    key = ""
    for line in block.splitlines():
        if line.startswith("#,"):
            flags |= {flag.strip() for flag in line[2:].split(",")}
        elif found := _LINE.match(line):
            key = found[1]
            parts[key] = ast.literal_eval(found[2])
        elif line.startswith('"'):
            parts[key] += ast.literal_eval(line)
    said = [value for name, value in sorted(parts.items()) if name.startswith("msgstr")]
    return Message(parts.get("msgctxt", ""), parts.get("msgid", ""), parts.get("msgid_plural", ""), said, flags)


def collected(source: Iterable[Path], templates: Iterable[Path], scratch: Path) -> list[Message]:
    """Every text that the source asks a translation for."""
    files = [str(path) for path in source]
    for number, path in enumerate(templates):
        plain = scratch / f"{number}.py"
        plain.write_text(template.templatize(path.read_text(), origin=path.name))
        files.append(str(plain))
    names = scratch / "files"
    names.write_text("\n".join(files))
    keywords = [f"--keyword={word}" for word in KEYWORDS]
    done = subprocess.run(
        ["xgettext", "-L", "Python", "--from-code=UTF-8", *keywords, f"--files-from={names}", "-o", "-"],
        capture_output=True,
        check=True,
    )
    return read(done.stdout.decode())


def placeholders(text: str) -> list[str]:
    """What a text leaves open or marks up: %(name)s, %%, {name}, {about[0]}, {} and HTML tags, sorted."""
    return sorted(re.findall(r"%\(\w+\)[-+ #0-9.]*[a-z]|%%|\{[\w\[\].]*\}|</?\w+[^>]*>", text))


def loose_words(page: str) -> Iterator[str]:
    """Words of a template that no translation reaches: between tags, and in attributes that people read."""
    page = re.sub(r"{% comment .*?endcomment %}|{#.*?#}", "", page, flags=re.DOTALL)
    page = re.sub(r"{% blocktranslate.*?endblocktranslate %}", "", page, flags=re.DOTALL)
    page = re.sub(r"{% block (page|main)_class %}.*?{% endblock %}", "", page, flags=re.DOTALL)
    page = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r"{%.*?%}|{{.*?}}", "", page, flags=re.DOTALL)
    for read_out in re.finditer(r'(?:aria-label|title|placeholder|alt|data-what)="([^"]*)"', page):
        yield from _words(read_out[1])
    for between in re.split(r"<[^>]*>", page):
        yield from _words(between)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", "", text))
