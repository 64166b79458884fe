"""Time entries, pause reasons and people, as far as one may see them."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.errors import Missing
from factory_core.people.models import User, UserKind
from factory_core.plant.models import Machine
from production.labour.models import PauseReason, TimeEntry
from production.orders.models import ProductionOrder


class NoSuchEntry(Missing):
    """The time entry does not exist, or the asker may not see it."""

    code = "no_such_entry"


class NoSuchPerson(Missing):
    """Nobody of that name works here."""

    code = "no_such_person"


class NoSuchMachine(Missing):
    """The machine does not exist, or the asker may not see it."""

    code = "no_such_machine"


class NoSuchReason(Missing):
    """No such reason of a pause is in use."""

    code = "no_such_pause_reason"


WITH = ("person", "order__line__area__site", "order__machine", "operation", "machine__line__area__site", "pause_reason")


def entries_seen(actor: User) -> QuerySet[TimeEntry]:
    """What somebody may see: everybody's time with the right to, else one's own."""
    rows = TimeEntry.objects.select_related(*WITH)
    # One question with an OR, not a list of all that may be seen: whoever asks for one order reads its rows only.
    return visible(actor, rows) | rows.filter(person=actor)


def entry_or_missing(actor: User, entry_id: int, *, taking: bool = False) -> TimeEntry:
    """An entry somebody may act on: their own, or one at a place where they see working time.

    Who records time at a place sees and changes their own; the one thing they do with the entry of another is to take
    it over (`taking`), while it runs. Raises NoSuchEntry.
    """
    found = TimeEntry.objects.select_related(*WITH).filter(pk=entry_id).first()
    if found is not None:
        if found.person_id == actor.pk or may(actor, "production.labour.view", found):
            return found
        if taking and found.ended_at is None and may(actor, "production.labour.record", found):
            return found
    raise NoSuchEntry(_("There is no such time entry that you may see."))


def entries_of(actor: User, order: ProductionOrder) -> QuerySet[TimeEntry]:
    """The entries of an order that somebody may see, the newest first; what was taken back is among them."""
    return entries_seen(actor).filter(order=order).order_by("-started_at", "-id")


def pause_reasons() -> QuerySet[PauseReason]:
    """The reasons in use, in their order."""
    return PauseReason.objects.filter(is_active=True)


def pause_reason_or_missing(code: str) -> PauseReason:
    """A reason in use by its code. Raises NoSuchReason."""
    found = pause_reasons().filter(code=code.strip()).first()
    if found is None:
        raise NoSuchReason(
            _("'%(code)s' is no reason of a pause. Choose one of: %(known)s.")
            % {"code": code[:40], "known": ", ".join(pause_reasons().values_list("code", flat=True))}
        )
    return found


def person_or_missing(text: str) -> User:
    """An active person by badge or user name. Raises NoSuchPerson."""
    wanted = Q(badge=text.strip()) | Q(username=text.strip())
    found = User.objects.filter(wanted, kind=UserKind.PERSON, is_active=True).first() if text.strip() else None
    if found is None:
        raise NoSuchPerson(_("Nobody is known by '%(text)s'. Scan the badge again.") % {"text": text[:40]})
    return found


def machine_of(actor: User, machine_id: int) -> Machine:
    """A machine somebody may see. Raises NoSuchMachine."""
    found = visible(actor, Machine.objects.select_related("line__area__site"), "production.view").filter(pk=machine_id)
    machine = found.first()
    if machine is None:
        raise NoSuchMachine(_("There is no such machine that you may see."))
    return machine
