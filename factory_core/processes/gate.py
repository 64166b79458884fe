"""A gate that programs load behind: they start early and go on when what they need is there. Plain Python."""

import os

NAME = "START_GATE"


class Gate:
    """Closed when made. Whoever made it ends, and it is open: nobody waits for a dead starter."""

    def __init__(self) -> None:
        self._to_wait, self._held = os.pipe()

    @property
    def handle(self) -> int:
        """What a process that waits must inherit."""
        return self._to_wait

    @property
    def told(self) -> dict[str, str]:
        """What a process that waits must find in its environment."""
        return {NAME: str(self._to_wait)}

    def open(self) -> None:
        """Let everybody pass, now and later."""
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def remove(self) -> None:
        """Open it for those who wait; nobody new can."""
        self.open()
        os.close(self._to_wait)


def pass_the_gate() -> None:
    """Wait until the starter opens the gate; return at once where none was named."""
    named = os.environ.pop(NAME, "")
    if named:
        with os.fdopen(int(named), "rb") as gate:
            gate.read()
