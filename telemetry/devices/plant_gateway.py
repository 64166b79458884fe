"""The plant's own gateway: it runs on the server, so that devices can be read without a box beside the machine."""

import re
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.processes.data_dir import write_whole
from telemetry.devices.models import Gateway, GatewayStatus
from telemetry.devices.rules import digest_of
from telemetry.devices.services import enrol_directly, register_gateway

CODE = "plant"
NAME = "The plant's own gateway"
TOKEN_FILE = "gateway.token"  # noqa: S105  # the name of a file, not what is in it
FOLDERS = ("secrets", "trust", "drop")
_URL = re.compile(r'^url = "https?://[^"]*"', re.MULTILINE)
_FIRST = """# The plant's own gateway, which runs on the server. Made at the first start; the server's address is kept
# up to date at every start, everything else here is yours. Devices are added on the page of this gateway; here may
# stand what only this computer may decide: recordings, and the folders machines drop files into.

[server]
url = "{url}"
token_file = "{token_file}"
auth_retry_s = 2

[spool]
dir = "spool"
max_mb = 2048

[agent]
drop = ["drop"]
"""


def keep_file(folder: Path, url: str) -> None:
    """Make the gateway's folder and its configuration, or bring the server's address in it up to date."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / "gateway.toml"
    if not path.exists():
        write_whole(path, _FIRST.format(url=url, token_file=TOKEN_FILE).encode())
        return
    present = path.read_text(encoding="utf-8")
    wanted = _URL.sub(f'url = "{url}"', present, count=1)
    if wanted != present:
        write_whole(path, wanted.encode())


def keep_enrolled(*, actor: User, folder: Path, at: datetime) -> str:
    """Register and enrol the plant's gateway as soon as there is a site; the caller opens the act.

    Returns "" when all is well or there is no site yet, else a sentence: what is not in order and what to do. A
    gateway somebody revoked stays revoked, and another's gateway of this name is never taken over.
    """
    gateway = Gateway.objects.filter(code=CODE).first()
    token_file = folder / TOKEN_FILE
    if gateway is None:
        site = Site.objects.order_by("pk").first()
        if site is not None:
            gateway = register_gateway(actor=actor, code=CODE, name=NAME, site=site, at=at)
            write_whole(token_file, (enrol_directly(actor=actor, gateway_id=gateway.pk, at=at) + "\n").encode())
        return ""
    if gateway.status != GatewayStatus.ACTIVE:
        return ""
    token = token_file.read_text(encoding="utf-8") if token_file.exists() else ""
    if digest_of(token) in (gateway.token_hash, gateway.next_token_hash):
        return ""
    return _(
        "The gateway '%(code)s' is enrolled, but not with the token in %(file)s. If it is meant to run on this "
        "computer, write the answer of 'manage.py gateway_enrol %(code)s' into that file."
    ) % {"code": CODE, "file": token_file}
