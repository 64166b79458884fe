"""What the heaviest shift timeline costs a slow browser: layout and styles of fifty machines of 300 bands.

Target: 60 ms in the best of a few loads.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.report import report
from tests.browser import checks
from tests.browser.desk import FLAGS
from tests.browser.shift_rows import fifty_machines


def main() -> None:
    """Load, read the browser's own account, print the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=5)
    options = parser.parse_args()
    costs = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = fifty_machines(Path(folder) / "rows.html").as_uri()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = checks.new_context(browser, "wall").new_page()
        line = page.context.new_cdp_session(page)
        line.send("Performance.enable")
        line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        for _load in range(options.loads):
            page.goto(address)
            page.wait_for_timeout(400)
            metrics = {m["name"]: m["value"] for m in line.send("Performance.getMetrics")["metrics"]}
            costs.append(1000 * (metrics["LayoutDuration"] + metrics["RecalcStyleDuration"]))
        browser.close()
    report("timeline.layout", min(costs), "ms", loads=options.loads, slowed=4, target=60)


if __name__ == "__main__":
    main()
