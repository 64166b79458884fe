"""What a rule would have made of readings that are already there. Nothing is stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Sum

from telemetry.devices.models import Tag
from telemetry.states.models import CounterStep, StateRule
from telemetry.states.queries.readings import Heard, heard_by, last_before, readings_from
from telemetry.states.queries.timeline import PIECES, StateSpan, intervals
from telemetry.states.rules.counters import count, count_ordered
from telemetry.states.rules.definition import Definition, known_words, tags_of
from telemetry.states.rules.fold import Interval, begin, fold_ordered, tail
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.readings import by_tag
from telemetry.states.states import NOTHING_SAID, SILENT, MachineState

_OWN_WORDS = (NOTHING_SAID, SILENT)


@dataclass(frozen=True)
class Preview:
    """A machine over [start, end): as it stands (`before`) and as the rule would have it (`after`).

    `changed`: how long the two differ. `unknown_words`: words the rule has no opinion of its own on.
    `unheard`: tags of the rule that sent nothing in that time. `pieces`: counted pieces before and after.
    """

    started_at: datetime
    ended_at: datetime
    before: list[StateSpan]
    after: list[StateSpan]
    changed: timedelta
    unknown_words: list[str]
    unheard: list[str]
    pieces: tuple[float, float]

    def totals(self) -> list[tuple[str, float, float]]:
        """Each state that occurs, with its seconds before and after."""
        both = [_seconds(spans) for spans in (self.before, self.after)]
        return [(state.value, both[0][state], both[1][state]) for state in MachineState if any(b[state] for b in both)]


def preview(machine_id: int, definition: Definition, start: datetime, end: datetime) -> Preview:
    """Play the readings of [start, end) through a definition; what was said before `start` still holds there."""
    heard = heard_by([machine_id], tags_of(definition)).get(machine_id, Heard())
    line, pieces, spoke = _played(heard, definition, to_us(start), to_us(end))
    before = intervals(machine_id, start, end)
    after = [
        StateSpan(machine_id, from_us(i.started_at), from_us(i.ended_at or to_us(end)), i.state, i.word) for i in line
    ]
    counted = CounterStep.objects.filter(machine_id=machine_id, at__gte=start, at__lt=end, counts=PIECES)
    known = known_words(definition)
    return Preview(
        started_at=start,
        ended_at=end,
        before=before,
        after=after,
        changed=_difference(before, after, start, end),
        unknown_words=sorted({span.word for span in after} - known - {*_OWN_WORDS}),
        unheard=[name for name in tags_of(definition) if name not in spoke],
        pieces=(float(counted.aggregate(total=Sum("delta"))["total"] or 0), pieces),
    )


def newest_rules(machine_id: int) -> list[StateRule]:
    """The last twenty rules of a machine, the newest first."""
    return list(StateRule.objects.filter(machine_id=machine_id).order_by("-valid_from")[:20])


def tag_names(machine_id: int) -> list[str]:
    """The names a rule of this machine can listen to."""
    return sorted(set(Tag.objects.filter(machine_id=machine_id, enabled=True).values_list("name", flat=True)))


def values_of(machine_id: int, tag: str, start: datetime, end: datetime) -> list[float]:
    """Every number a tag of a machine sent in [start, end), for the learning aid."""
    heard = heard_by([machine_id], [tag]).get(machine_id, Heard())
    return [
        float(value)
        for batch in readings_from(heard, to_us(start), to_us(end), to_us(end))
        for _at, value in by_tag(batch).get(tag, ())
        if value is not None and not isinstance(value, str)
    ]


def _played(heard: Heard, definition: Definition, start: int, end: int) -> tuple[list[Interval], float, set[str]]:
    newest = last_before(heard, start)
    memory = begin(definition, start, newest)
    _steps, tallies = count(newest, definition.counters)
    line: list[Interval] = []
    pieces = 0.0
    spoke: set[str] = set()
    kind = {counted.tag: counted.counts for counted in definition.counters}
    for batch in readings_from(heard, start, end, end):
        split = by_tag(batch)
        spoke.update(split)
        settled, memory = fold_ordered(split, definition, memory, batch[-1].at + 1)
        steps, tallies = count_ordered(split, definition.counters, tallies)
        line += settled
        pieces += sum(float(step.delta) for step in steps if kind.get(step.tag) == PIECES)
    settled, memory = fold_ordered({}, definition, memory, end)
    return line + settled + tail(definition, memory, end), pieces, spoke


def _seconds(spans: Sequence[StateSpan]) -> dict[str, float]:
    lasted: dict[str, float] = defaultdict(float)
    for span in spans:
        if span.ended_at is not None:
            lasted[span.state] += span.seconds(span.ended_at)
    return lasted


def _difference(before: Sequence[StateSpan], after: Sequence[StateSpan], start: datetime, end: datetime) -> timedelta:
    """How long the two lines name different states; where one has none, it is NO_DATA."""
    moments = sorted({start, end, *(m for span in (*before, *after) for m in (span.started_at, span.ended_at or end))})
    moments = [moment for moment in moments if start <= moment <= end]
    changed, lines = timedelta(), (iter(before), iter(after))
    here = [next(line, None) for line in lines]
    for left, right in pairwise(moments):
        states = []
        for number, line in enumerate(lines):
            while (span := here[number]) is not None and (span.ended_at or end) <= left:
                here[number] = next(line, None)
            states.append(span.state if span is not None and span.started_at <= left else MachineState.NO_DATA.value)
        if states[0] != states[1]:
            changed += right - left
    return changed
