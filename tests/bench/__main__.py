"""`make bench`: every benchmark, each in a process of its own; `make bench QUICK=1` shortens them."""

import os
import subprocess
import sys

from tests import cluster
from tests.world.running import ROOT

BENCHES: dict[str, tuple[str, ...]] = {
    "bench_ingest": (),
    "bench_mqtt": ("--packets", "40"),
    "bench_backlog": ("--rows", "60000"),
    "bench_edge": ("--seconds", "5"),
    "bench_states": (),
    "bench_trail": (),
    "bench_live": ("--sockets", "100", "--seconds", "5"),
    "bench_floor": ("--requests", "40"),
    "bench_station": ("--requests", "30"),
    "bench_screen": ("--changes", "20"),
    "bench_timeline": ("--loads", "3"),
    "bench_bom": ("--rounds", "5"),
    "bench_mrp": ("--items", "8000", "--runs", "3"),
    "bench_orders": ("--orders", "10000", "--requests", "10"),
    "bench_stock": ("--moves", "50000", "--requests", "10"),
    "bench_oee": ("--requests", "5"),
    "bench_files": ("--rounds", "2"),
    "bench_evil": (),
    "bench_import": ("--requests", "20"),
}


def main() -> int:
    """Run them all; the exit code says whether one failed."""
    quick = os.environ.get("QUICK") == "1"
    failed = [
        name
        for name, shorter in BENCHES.items()
        if subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}", *(shorter if quick else ())], cwd=ROOT
        ).returncode
    ]
    if not os.environ.get("DATABASE_URL"):
        cluster.stop()
    if failed:
        print(f"These benchmarks failed: {', '.join(failed)}.", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
