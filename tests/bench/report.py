"""How a benchmark speaks: one JSON object a line (docs: contracts, `make bench`)."""

import json
import os
import platform
import time


def report(
    name: str, value: float, unit: str, *, ratio_to: str = "", ratio: float | None = None, **conditions: object
) -> None:
    """Print one figure. `ratio` is the figure divided by the one named in `ratio_to`, taken in the same run."""
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 4),
                "unit": unit,
                "ratio_to": ratio_to or None,
                "ratio": None if ratio is None else round(ratio, 4),
                "conditions": {
                    "cores": os.cpu_count(),
                    "python": platform.python_version(),
                    "on": time.strftime("%Y-%m-%d"),
                    **conditions,
                },
            }
        ),
        flush=True,
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
