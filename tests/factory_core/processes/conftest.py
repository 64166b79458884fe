"""Plants of these tests: one that runs for the whole module, and fresh ones."""

import shutil
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.factory_core.processes.box import Box, short_folder, started_before
from tests.ports import free_port


@pytest.fixture
def new_box() -> Iterator[Callable[..., Box]]:
    """Makes boxes; at the end each is stopped and its folder removed, whatever the test did."""
    boxes: list[Box] = []

    def make(**changes: object) -> Box:
        box = Box(**{"data_dir": short_folder(), "port": free_port(), **changes})  # type: ignore[arg-type]
        boxes.append(box)
        return box

    yield make
    for box in boxes:
        _clear_away(box)


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Box]:
    """A plant that runs for all tests of a module that leave it as they found it."""
    box = Box(started_before(), free_port()).start()
    box.wait_ready()
    yield box
    _clear_away(box)


def _clear_away(box: Box) -> None:
    if hasattr(box, "up"):
        box.stop()
    _end_everything_of(box)
    shutil.rmtree(box.data_dir, ignore_errors=True)


def _end_everything_of(box: Box) -> None:
    for process in psutil.process_iter(["cmdline"]):
        if str(box.data_dir) in " ".join(process.info["cmdline"] or []):
            process.kill()
