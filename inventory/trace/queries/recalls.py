"""The recall of a lot: all that holds any of it, what of that is still here, and who got the rest."""

from dataclasses import dataclass
from decimal import Decimal

from factory_core.people.models import User
from inventory.lots.models import Lot
from inventory.lots.states import USABLE
from inventory.trace.queries.genealogy import Known, trace
from inventory.trace.queries.whereabouts import Lying, Sent, is_partial, issued, lying, sent


@dataclass(frozen=True)
class Recall:
    """What must be looked for. `lots`: the lot itself first, then by steps away. `levels`: how many steps.

    `here`: what lies where, to be blocked. `sent`: what went to whom. `at_production`: what was issued and is in no
    lot we know. `is_partial`: some of it is at sites the asker may not see.
    """

    lot: Known
    lots: list[Known]
    levels: dict[int, int]
    here: list[Lying]
    sent: list[Sent]
    at_production: dict[int, Decimal]
    is_partial: bool

    @property
    def to_hold(self) -> list[Known]:
        """Lots that may still be used, sold and picked."""
        return [lot for lot in self.lots if lot.status in USABLE]

    @property
    def by_id(self) -> dict[int, Known]:
        """The lots by id."""
        return {lot.id: lot for lot in self.lots}


def recall(lot: Lot, actor: User) -> Recall:
    """Every lot made from a lot, and where all of it is, as far as the actor may see."""
    down = trace(lot, "down").down
    if down is None:
        raise ValueError("a trace downwards has a branch downwards")
    ids = [lot.pk, *down.others()]
    used: dict[int, Decimal] = {}
    for use in down.uses:
        used[use.input_id] = used.get(use.input_id, Decimal(0)) + use.quantity
    at_production = {
        key: left for key, total in issued(actor, ids).items() if (left := total - used.get(key, Decimal(0))) > 0
    }
    return Recall(
        down.lots[lot.pk], [down.lots[key] for key in ids], down.levels, lying(actor, ids), sent(actor, ids),
        at_production, is_partial(actor, ids),
    )  # fmt: skip
