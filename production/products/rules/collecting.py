"""Making very many objects at once without Python looking through them again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python's search for circles of garbage rest while tens of thousands of objects are made that all stay.

    It would look through everything the process holds several times meanwhile: half of the time an explosion took.
    Whoever else works in this process at that moment only has their circles found a little later.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
