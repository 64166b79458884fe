"""The heaviest shift timeline there is: fifty machines of 300 bands, as one page without a server."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from factory_core.web.charts import Band, timeline

ROOT = Path(__file__).resolve().parents[2]
SHEETS = ("reset", "tokens", "base", "parts", "screens")
KINDS = ("run", "ask", "run", "stop", "run", "setup", "run", "wait", "run", "off", "slow", "plan")


def fifty_machines(target: Path) -> Path:
    """Write the page; where it lies."""
    start = datetime(2026, 11, 20, 6, tzinfo=ZoneInfo("Europe/Berlin"))
    end, step = start + timedelta(hours=8), timedelta(hours=8) / 300
    bands = [Band(KINDS[i % 12], start + i * step, start + (i + 1) * step) for i in range(300)]
    sheets = "".join(f"<style>{(ROOT / f'static/css/{name}.css').read_text()}</style>" for name in SHEETS)
    drawn = timeline(bands, start, end)
    rows = "".join(
        f'<div class="shift-row"><a class="name" href="#">Machine {i}</a><div class="lane">{drawn}</div>'
        f'<span class="number share">64 %</span></div>'
        for i in range(50)
    )
    patterns = (ROOT / "templates/parts/patterns.html").read_text()
    target.write_text(f'<!doctype html><meta charset="utf-8">{sheets}<main class="main">{patterns}{rows}</main>')
    return target
