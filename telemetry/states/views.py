"""The page that says how a machine's states are made: rules, their preview on real readings, and the learning aid."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.plant.models import Machine
from factory_core.web.charts import Band, columns
from factory_core.web.display import display_state, display_word
from factory_core.web.doors import door, signed_in
from telemetry.states.forms import RuleForm
from telemetry.states.queries.preview import Preview, newest_rules, preview, tag_names, values_of
from telemetry.states.rules.learning import histogram, proposal
from telemetry.states.screens import KINDS
from telemetry.states.services import set_state_rule

DAY = timedelta(days=1)
# How far back a rule may be put into force from this page: what is derived from then on is derived again.
BACK_AT_MOST = timedelta(days=31)


class NoSuchMachine(Missing):
    """There is no machine of that code whose rule the asker may set."""

    code = "no_such_machine"


class BadMoment(Invalid):
    """The moment from which a rule shall hold cannot be used."""

    code = "bad_moment"


@never_cache
@require_GET
@door("telemetry.rule.edit")
def rule_page(request: HttpRequest, code: str) -> HttpResponse:
    """The rule in force, those before it, and the form for the next; `?kind=` chooses what the form asks for."""
    machine = _machine(request, code)
    form = _form(request, machine)
    return _at_site(request, machine, "telemetry/states/rule.html", {"form": form, **_standing(machine)})


@never_cache
@require_POST
@door("telemetry.rule.edit")
def rule_preview(request: HttpRequest, code: str) -> HttpResponse:
    """What the rule of the form would have made of the last day; nothing is changed."""
    machine = _machine(request, code)
    form = _form(request, machine)
    context: dict[str, Any] = {"form": form}
    if form.is_valid() and form.definition is not None:
        end = now()
        context["preview"] = _shown(preview(machine.pk, form.definition, end - DAY, end))
    return _at_site(request, machine, "telemetry/states/_preview.html", context)


@never_cache
@require_POST
@door("telemetry.rule.edit")
def rule_set(request: HttpRequest, code: str) -> HttpResponse:
    """Put the rule of the form into force. A form with mistakes comes back with a sentence for each."""
    machine, at = _machine(request, code), now()
    form = _form(request, machine)
    if not form.is_valid() or form.definition is None:
        context = {"form": form, **_standing(machine)}
        return _at_site(request, machine, "telemetry/states/rule.html", context, status=422)
    valid_from = _moment(request.POST.get("valid_from", ""), machine, at)
    with acting(signed_in(request), channel="web", reason=request.POST.get("reason", "")[:200]):
        definition = json.loads(msgspec.json.encode(form.definition))
        set_state_rule(actor=signed_in(request), machine=machine, definition=definition, valid_from=valid_from, at=at)
    return redirect("state-rule", code=machine.code)


@never_cache
@require_GET
@door("telemetry.rule.edit")
def rule_learn(request: HttpRequest, code: str) -> HttpResponse:
    """How the values of a tag spread over the last day, and the thresholds proposed from that."""
    machine, end = _machine(request, code), now()
    tag = request.GET.get("tag", "")
    values = values_of(machine.pk, tag, end - DAY, end)
    seen, proposed = histogram(values), proposal(values)
    taken = {"kind": "current", "tag": tag, **(vars(proposed) if proposed else {})}
    context = {
        "tag": tag,
        "take_url": f"{reverse('state-rule', args=[machine.code])}?{urlencode(taken)}",
        "drawing": seen and columns(seen.counts, label=_("How often each value was measured")),
        "seen": seen,
        "proposal": proposed,
        "count": len(values),
    }
    return _at_site(request, machine, "telemetry/states/_learned.html", context)


def _machine(request: HttpRequest, code: str) -> Machine:
    machines = visible(signed_in(request), Machine.objects.select_related("line__area__site"), "telemetry.rule.edit")
    found = machines.filter(code=code).first()
    if found is None:
        raise NoSuchMachine(_("There is no machine %(code)s whose rule you may set.") % {"code": code})
    return found


def _form(request: HttpRequest, machine: Machine) -> RuleForm:
    sent = request.POST if request.method == "POST" else None
    kind = (sent or request.GET).get("kind", "")
    return RuleForm(sent, kind=kind or KINDS[0].key, tags=tag_names(machine.pk), initial=request.GET.dict())


def _standing(machine: Machine) -> dict[str, Any]:
    rules, at = newest_rules(machine.pk), now()
    in_force = next((rule for rule in rules if rule.valid_from <= at), None)
    written = in_force and json.dumps(in_force.definition, indent=2, ensure_ascii=False)
    return {"rules": rules, "in_force": in_force, "written": written, "kinds": KINDS}


def _moment(text: str, machine: Machine, at: datetime) -> datetime:
    """ "now", or a local time of the site as a browser's field gives it."""
    if text in ("", "now"):
        return at
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMoment(_("'%(text)s' is not a day and time.") % {"text": text[:40]}) from error
    moment = local if local.tzinfo else local.replace(tzinfo=machine.line.area.site.zone)
    if not at - BACK_AT_MOST <= moment <= at + BACK_AT_MOST:
        raise BadMoment(_("A rule may begin at most 31 days before or after now. Choose a moment in between."))
    return moment


def _shown(seen: Preview) -> dict[str, Any]:
    def bands(spans: list[Any]) -> list[Band]:
        return [Band(span.display, span.started_at, span.ended_at) for span in spans]

    return {
        "started_at": seen.started_at,
        "ended_at": seen.ended_at,
        "before": bands(seen.before),
        "after": bands(seen.after),
        "changed_s": seen.changed.total_seconds(),
        "unknown_words": seen.unknown_words,
        "unheard": seen.unheard,
        "pieces": seen.pieces,
        "rows": [
            {
                "family": display_state(state), "word": display_word(state, display_state(state)),
                "before": before, "after": after, "differs": abs(before - after) >= 1,
            }
            for state, before, after in seen.totals()
        ],
    }  # fmt: skip


def _at_site(
    request: HttpRequest, machine: Machine, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    zone = machine.line.area.site.zone
    with timezone.override(zone):
        whole = {"machine": machine, "now": now().astimezone(zone), **context}
        return render(request, template, whole, status=status)
