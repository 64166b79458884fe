"""The colours: the style sheet says what the token file says, and the tokens are readable and told apart (A16)."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from factory_core.web.display import FAMILIES

STATIC = Path(__file__).resolve().parents[2] / "static"
THEMES: dict[str, Any] = json.loads((STATIC / "tokens" / "state_tokens.json").read_text())["themes"]
LEAST, LEAST_DEFICIENT = 10.0, 6.0
# Severity-1.0 matrices of Machado, Oliveira and Fernandes (2009), applied to linear RGB.
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}


def _linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted(
        sum(k * c for k, c in zip((0.2126, 0.7152, 0.0722), _linear(x), strict=True)) for x in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def _oklab(rgb: list[float]) -> tuple[float, float, float]:
    r, g, b = (max(0.0, min(1.0, c)) for c in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _distance(one: str, other: str, sight: str) -> float:
    def seen(colour: str) -> tuple[float, float, float]:
        rgb = _linear(colour)
        return _oklab([sum(k * c for k, c in zip(row, rgb, strict=True)) for row in SIGHT[sight]])

    return float(100 * sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5)


def _blocks() -> dict[str, list[str]]:
    """The declarations of each theme in the style sheet: dark stands there twice, for the device and for the choice."""
    text = (STATIC / "css" / "tokens.css").read_text()
    found = re.findall(r"color-scheme: (light|dark);(.*?)\n\s*\}", text, re.S)
    out: dict[str, list[str]] = {"light": [], "dark": []}
    for theme, body in found:
        out[theme].append(body)
    return out


def _custom(body: str, name: str) -> str:
    found = re.search(rf"--{name}: (#[0-9A-Fa-f]{{6}});", body)
    return found[1] if found else ""


def test_dark_is_given_to_the_device_and_to_the_choice() -> None:
    assert {theme: len(bodies) for theme, bodies in _blocks().items()} == {"light": 1, "dark": 2}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_style_sheet_says_what_the_tokens_say(theme: str) -> None:
    tokens = THEMES[theme]
    wanted = {"page": tokens["surface"]["page"], "card": tokens["surface"]["card"]}
    for custom, pair in {
        "ink": "ink on card",
        "muted": "muted on card",
        "edge": "control border on card",
        "action": "link on card",
        "on-action": "label on action",
    }.items():
        wanted[custom] = tokens["text"][pair][0]
    for name, state in tokens["states"].items():
        wanted[name], wanted[f"on-{name}"] = state["fill"], state["label"]
    for body in _blocks()[theme]:
        assert {name: _custom(body, name) for name in wanted} == wanted


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_fills_have_contrast(theme: str) -> None:
    tokens = THEMES[theme]
    faint = [name for name, (ink, ground, least) in tokens["text"].items() if _contrast(ink, ground) < least]
    for name, state in tokens["states"].items():
        if _contrast(state["label"], state["fill"]) < 4.5 or any(
            _contrast(state["fill"], g) < 3 for g in tokens["surface"].values()
        ):
            faint.append(name)
    assert faint == []


@pytest.mark.parametrize("sight", list(SIGHT))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_states_are_told_apart_by_every_eye(theme: str, sight: str) -> None:
    least = LEAST if sight == "normal" else LEAST_DEFICIENT
    alike = []
    for (one, a), (other, b) in itertools.combinations(THEMES[theme]["states"].items(), 2):
        coded = a["glyph"] != b["glyph"] or a["pattern"] != b["pattern"]
        apart = a["family"] != b["family"]
        if _distance(a["fill"], b["fill"], sight) < least and not (coded and (sight == "grey" or not apart)):
            alike.append(f"{one}/{other}")
    assert alike == []


def test_display_families_carry_the_tokens_glyphs_and_patterns() -> None:
    for theme in THEMES.values():
        assert {key: (family.glyph, family.pattern, family.urgency) for key, family in FAMILIES.items()} == {
            key: (state["glyph"], state["pattern"], state["family"]) for key, state in theme["states"].items()
        }


def test_the_sprite_has_every_glyph() -> None:
    sprite = (STATIC / "icons" / "sprite.svg").read_text()
    assert [family.glyph for family in FAMILIES.values() if f'<symbol id="{family.glyph}"' not in sprite] == []
