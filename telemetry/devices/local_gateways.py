"""Gateways on the server itself: their files follow the server's address, and the authority it proves itself with."""

import re
from pathlib import Path

_ADDRESS = re.compile(r'^url = "[^"]*"\n(ca_file = "[^"]*/authority/ca\.pem"\n)?', re.MULTILINE)


def keep_address(path: Path, url: str, data_dir: Path) -> None:
    """Bring the server's address in a local gateway's file up to date; nothing happens where there is no file.

    Over TLS the gateway trusts the plant's own authority, whose file lies on the same disk.
    """
    if not path.exists():
        return
    present = path.read_text(encoding="utf-8")
    trust = f'ca_file = "{data_dir / "authority" / "ca.pem"}"\n' if url.startswith("https://") else ""
    wanted = _ADDRESS.sub(lambda _found: f'url = "{url}"\n{trust}', present, count=1)
    if wanted != present:
        # In place: the file keeps its owner and its rights.
        path.write_text(wanted, encoding="utf-8")
