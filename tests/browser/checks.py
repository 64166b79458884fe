"""What a page is judged by in a real browser. Each check answers its faults as texts; none means good."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page

SIZES = {
    "tablet": (1280, 800),
    "portrait": (800, 1280),
    "wall": (1920, 1080),
    "panel": (1366, 768),
    "phone": (320, 640),
}
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Where to keep pictures of the pages, for whoever looks at them.
SHOTS = os.environ.get("MILLWRIGHT_SHOTS", "")
BUDGET = {"wire_kb": 120.0, "script_kb": 60.0, "first_paint_ms": 1200.0, "blocking_ms": 200.0}

WATCH = """
window.__long = 0;
new PerformanceObserver(l => { for (const e of l.getEntries()) window.__long += Math.max(0, e.duration - 50); })
  .observe({ type: 'longtask', buffered: true });
"""
OVERFLOW = """() => {
  const w = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > w + 1) for (const n of document.querySelectorAll('body *')) {
    const r = n.getBoundingClientRect(), s = getComputedStyle(n);
    if (r.right > w + 1 && r.width && s.position !== 'fixed' && !n.closest('[data-scroll-x]'))
      out.push(n.tagName + '.' + n.getAttribute('class') + ' ' + Math.round(r.right));
  }
  return out.slice(0, 4);
}"""
TARGETS = """least => {
  const out = [], all = 'a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button]';
  for (const n of document.querySelectorAll(all)) {
    const r = n.getBoundingClientRect(), s = getComputedStyle(n);
    if (!r.width || !r.height || s.visibility === 'hidden' || n.closest('.skip,[hidden],.unseen')) continue;
    if (n.tagName === 'A' && s.display === 'inline' && n.closest('p,li,td')) continue;
    if (Math.min(r.width, r.height) < least - .5)
      out.push((n.innerText || n.getAttribute('aria-label') || n.tagName).trim().slice(0, 24) + ' '
        + Math.round(r.width) + 'x' + Math.round(r.height));
  }
  return out.slice(0, 6);
}"""
GAPS = """([scope, least]) => {
  const box = [...document.querySelectorAll(scope + ' :is(button,a.button,a.glove)')]
    .map(n => [n, n.getBoundingClientRect()]).filter(([n, r]) => r.width && r.height), out = [];
  for (let i = 0; i < box.length; i++) for (let j = i + 1; j < box.length; j++) {
    const a = box[i][1], b = box[j][1];
    const x = Math.max(a.left - b.right, b.left - a.right), y = Math.max(a.top - b.bottom, b.top - a.bottom);
    if (Math.max(x, y) < least - .5)
      out.push(box[i][0].innerText.slice(0, 16) + ' / ' + box[j][0].innerText.slice(0, 16) + ' '
        + Math.round(Math.max(x, y)));
  }
  return out.slice(0, 4);
}"""
LONGER = """() => {
  const w = document.createTreeWalker(document.body, 4);
  let n;
  while ((n = w.nextNode())) {
    const t = n.data.trim();
    if (t && !n.parentElement.closest('script,style,svg,template') && /[a-z]{2}/i.test(t))
      n.data = t + ' ' + 'ööö'.repeat(9).slice(0, Math.ceil(t.length * .4));
  }
}"""
SMALL = """(all, least) => all.map(n => [n, n.getBoundingClientRect()])
  .filter(([n, r]) => r.width && Math.min(r.width, r.height) < least - .5)
  .map(([n, r]) => `${n.tagName} ${n.name || n.innerText} ${Math.round(r.width)}x${Math.round(r.height)}`)"""
FONT = "s => { const n = document.querySelector(s); return n ? parseFloat(getComputedStyle(n).fontSize) : 0 }"
TIMES = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1,
  blocking: window.__long,
})"""


@dataclass
class Watched:
    """A page with everything it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    wire: int = 0
    script: int = 0


def new_context(browser: Browser, size: str, *, scheme: str = "light", storage: Any = None) -> BrowserContext:
    """A browser window of one of the known sizes, with touch."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
        storage_state=storage,
        locale="en-GB",
    )
    context.add_init_script(WATCH)
    return context


def watched(context: BrowserContext, base: str, *, slow: float = 1) -> Watched:
    """A new page whose console, requests and bytes are counted; `slow` times slower than this machine."""
    page = context.new_page()
    seen, host, kinds = Watched(page), urlsplit(base).netloc, {}
    page.on("pageerror", lambda error: seen.errors.append(str(error)[:160]))
    page.on("console", lambda said: seen.errors.append(said.text[:160]) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: seen.outside.append(asked.url[:80]) if urlsplit(asked.url).netloc not in ("", host) else None,
    )
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def done(event: dict[str, Any]) -> None:
        seen.wire += int(event["encodedDataLength"])
        if kinds.get(event["requestId"]) == "Script":
            seen.script += int(event["encodedDataLength"])

    line.on("Network.loadingFinished", done)
    if slow > 1:
        line.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    return seen


def over_budget(seen: Watched, budget: dict[str, float] | None = None) -> list[str]:
    """What was more than allowed: bytes over the wire and of script; with CALM_MACHINE=1 first paint, blocking time."""
    times = seen.page.evaluate(TIMES)
    got = {
        "wire_kb": seen.wire / 1000,
        "script_kb": seen.script / 1000,
        "first_paint_ms": times["paint"],
        "blocking_ms": times["blocking"],
    }
    allowed = {**BUDGET, **(budget or {})}
    # Times hold for a machine that has nothing else to do, which only the person in front of it knows.
    judged = [name for name in got if os.environ.get("CALM_MACHINE") or not name.endswith("_ms")]
    return [
        f"{name} {got[name]:.0f} of {allowed[name]:.0f}"
        for name in judged
        if got[name] > allowed[name] or got[name] < 0
    ]


SEPARATOR = "\u001d"
KEYS: dict[str, dict[str, Any]] = {
    "Enter": {"windowsVirtualKeyCode": 13},
    "Tab": {"windowsVirtualKeyCode": 9},
    # Scanners send the separator of GS1 codes as Ctrl and ].
    SEPARATOR: {"key": "]", "code": "BracketRight", "modifiers": 2},
}


def type_as_a_scanner(page: Page, code: str, end: str = "Enter", pause_s: float = 0.002) -> None:
    """A key every two milliseconds by the keys' own times, however slow the machine is (or as slowly as a person)."""
    # A page that was just asked for stands there before its scripts listen.
    page.wait_for_load_state("load")
    line, began = page.context.new_cdp_session(page), time.time()
    keys = [*code, end]
    for place, key in enumerate(keys):
        told = {"key": key, **KEYS.get(key, {"text": key, "unmodifiedText": key}), "timestamp": began + place * pause_s}
        line.send("Input.dispatchKeyEvent", {"type": "keyDown", **told})
        line.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": told["key"], "timestamp": told["timestamp"]})
    line.detach()
    # Nothing that follows may be earlier than the last of them.
    page.wait_for_timeout(1000 * pause_s * len(keys))


def keep_picture(page: Page, name: str) -> None:
    """A picture of the whole page, for whoever asked for pictures."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def axe_faults(page: Page) -> list[str]:
    """Serious and critical accessibility faults by axe-core, WCAG 2.0 to 2.2, A and AA."""
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate("rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", AXE_RULES)[
        "violations"
    ]
    return [
        f"{fault['id']} x{len(fault['nodes'])} {fault['nodes'][0]['target'][0]} "
        f"{fault['nodes'][0].get('failureSummary', '')[:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def wide(page: Page) -> list[str]:
    """What sticks out sideways."""
    return list(page.evaluate(OVERFLOW))


def wide_when_longer(page: Page) -> list[str]:
    """What sticks out sideways once every text has grown by 40 %."""
    page.evaluate(LONGER)
    return wide(page)


def small_targets(page: Page, least: int) -> list[str]:
    """Controls smaller than `least` CSS pixels either way."""
    return list(page.evaluate(TARGETS, least))


def small_for_fingers(page: Page, least: int = 48, inputs: str = "input:not([type=hidden])") -> list[str]:
    """Controls of the page's own part that are smaller than a finger needs."""
    controls = page.locator(f"main :is(a.button, a.cell-link, button, {inputs}, select, textarea, summary)")
    return list(controls.evaluate_all(SMALL, least))


def near_targets(page: Page, scope: str, least: int) -> list[str]:
    """Pairs of controls inside `scope` closer than `least` CSS pixels."""
    return list(page.evaluate(GAPS, [scope, least]))


def font_px(page: Page, selector: str) -> float:
    """The font size the first match is drawn with; 0 when there is none."""
    return float(page.evaluate(FONT, selector))


def below_the_fold(page: Page, selectors: list[str]) -> list[str]:
    """Which of these cannot be seen without scrolling."""
    size = page.viewport_size or {"height": 0}
    out = []
    for selector in selectors:
        box = page.locator(selector).first.bounding_box()
        if not box or box["y"] < 0 or box["y"] + box["height"] > size["height"] + 1:
            out.append(f"{selector} {json.dumps(box)}")
    return out
