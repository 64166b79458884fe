"""A recording made for the campaign: a counter 1..N, and a machine that runs and stops."""

from datetime import datetime, timedelta
from pathlib import Path

STEP = timedelta(milliseconds=50)
# The words of one minute of the machine's life, each for so many steps.
LIFE = (("ACTIVE", 400), ("FEED_HOLD", 160), ("ACTIVE", 240), ("STOPPED", 300), ("ACTIVE", 100))


def write_log(path: Path, started_at: datetime, values: int) -> None:
    """Write N counts, 50 ms apart, with the machine's words between them."""
    changes = {}
    step = turn = 0
    while step < values:
        word, length = LIFE[turn % len(LIFE)]
        changes[step] = word
        step, turn = step + length, turn + 1
    with path.open("w") as log:
        for number in range(values):
            at = f"{started_at + STEP * number:%Y-%m-%dT%H:%M:%S.%f}Z"
            if number in changes:
                log.write(f"{at}|execution|{changes[number]}\n")
            log.write(f"{at}|count|{number + 1}\n")
