"""Static files: collected only when they changed, compressed only where people in the hall wait for them."""

import hashlib
import os
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # ships no types

# Never served: the API pages use Swagger only, and the API answers JSON only.
UNUSED = ("drf_spectacular_sidecar/redoc/*", "rest_framework/*")
# Tools of IT and developers, big and rarely opened: compressing them took minutes of the first start.
NOT_COMPRESSED = ("admin/", "drf_spectacular_sidecar/", "guardian/", "unfold/")


class PlantStaticFiles(CompressedManifestStaticFilesStorage):
    """Names with their content's hash, and small copies of the screens' own files."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what is worth it."""
        return super().compress_files([path for path in paths if not path.startswith(NOT_COMPRESSED)])  # type: ignore[no-any-return]  # whitenoise is untyped here


def collect_if_changed() -> bool:
    """Collect the static files unless the collected ones are of this very source; tells whether it did."""
    mark = settings.STATIC_ROOT / ".collected"
    wanted = _fingerprint()
    if mark.exists() and mark.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=list(UNUSED))
    mark.write_text(wanted)
    return True


def _fingerprint() -> str:
    summary = hashlib.sha256(repr((UNUSED, NOT_COMPRESSED)).encode())
    for finder in get_finders():
        for path, storage in finder.list(list(UNUSED)):
            found = os.stat(storage.path(path))
            summary.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return summary.hexdigest()
