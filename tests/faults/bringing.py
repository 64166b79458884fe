"""An import or its undo in a process of its own, to be killed: `python -m tests.faults.bringing carry 12`."""

import os
import sys


def main(act: str, run_id: int) -> None:
    """Do it, and tell the outcome or the sentence of the refusal."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    import django

    django.setup()
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.errors import Refusal
    from factory_core.importing.models import ImportRun
    from factory_core.importing.services.carrying import carry_in
    from factory_core.importing.services.undoing import undo_import

    run = ImportRun.objects.select_related("by").get(pk=run_id)
    print("begins", flush=True)
    try:
        if act == "carry":
            carry_in(actor=run.by, run_id=run.pk, at=now())
        else:
            with acting(run.by, channel="test"):
                undo_import(actor=run.by, run_id=run.pk, at=now())
    except Refusal as refusal:
        print("refused:", refusal.sentence, flush=True)
        return
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
