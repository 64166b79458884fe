"""What a signature under a run or an opening covers, and whether it still is what was signed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from factory_core.importing.models import ImportRun
from factory_core.importing.register_models import Acceptance, Opening


def content_of(run: ImportRun) -> dict[str, Any]:
    """What stands fast about a run that came in."""
    return {
        "run": run.pk, "kind": run.kind, "file": run.file_name, "sheet": run.sheet, "sha256": run.sha256,
        "size": run.size, "brought_by": run.by.username, "ended_at": run.ended_at.isoformat() if run.ended_at else "",
        "mapping": run.mapping, "rows": run.rows, "created": run.created, "changed": run.changed,
        "unchanged": run.unchanged, "skipped": run.skipped, "cleaned": run.cleaned,
    }  # fmt: skip


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over JSON with sorted keys, no blanks, UTF-8. The same content gives the same digest."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_as_signed(signed: Acceptance, runs: Mapping[int, ImportRun]) -> bool:
    """Whether the signature's own facts, and those of the runs below it, are what was signed."""
    said = signed.content
    if digest_of(said) != signed.digest:
        return False
    same = (said["signed_by"], said["signed_at"], said["meaning"], said["note"], said["about"]) == (
        signed.signed_by.username, signed.signed_at.isoformat(), signed.meaning, signed.note, about(signed),
    )  # fmt: skip
    kept = all(
        one["run"] in runs and json.loads(json.dumps(content_of(runs[one["run"]]))) == one for one in said["runs"]
    )
    return same and kept


def about(signed: Acceptance) -> str:
    """What a signature stands under, so that it cannot be moved below something else."""
    return f"run {signed.run_id}" if signed.run_id else f"opening {signed.opening_id}"


def signatures_of(thing: ImportRun | Opening) -> list[Acceptance]:
    """All acceptances of a run or an opening, the latest first, those that were taken back among them."""
    rows = Acceptance.objects.select_related("signed_by", "withdrawn_by", "opening")
    if isinstance(thing, ImportRun):
        return list(rows.filter(run=thing).order_by("-id"))
    return list(rows.filter(opening=thing).order_by("-id"))
