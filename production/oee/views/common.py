"""What the pages of figures share: which machines, which days, which rule set."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.web.doors import signed_in
from production.oee.panels import RULES, rule_choices
from production.oee.queries.accounts import targets_of
from production.oee.queries.places import chosen_machines
from production.oee.states import RuleSet

VIEW, MANAGE = "production.view", "production.account.manage"
LONGEST_DAYS = 366


class NothingToShow(Missing):
    """There is no machine here that the asker may see."""

    code = "nothing_to_show"


class BadDays(Invalid):
    """`from` and `to` name no days."""

    code = "bad_period"


class Asked:
    """What a request of a page of figures is about; `?line=`, `?machine=`, `?from=`, `?to=`, `?rules=`."""

    def __init__(self, request: HttpRequest, days: int = 7) -> None:
        self.at = now()
        self.user = signed_in(request)
        given = request.GET
        self.chosen = chosen_machines(self.user, given.get("line", ""), given.get("machine", ""))
        site = self.chosen.site
        if site is None:
            raise NothingToShow(_("There is no machine here that you may see."))
        self.site, self.zone = site, site.zone
        self.today = self.at.astimezone(self.zone).date()
        self.last = _day(given.get("to", ""), self.today)
        self.first = _day(given.get("from", ""), self.last - timedelta(days=days - 1))
        if not self.first <= self.last <= self.first + timedelta(days=LONGEST_DAYS):
            raise BadDays(_("The last day must not lie before the first, nor more than a year after it."))
        self.targets = targets_of(site.pk)
        said = given.get("rules", "")
        self.rules = RuleSet(said) if said in list(RuleSet) else RuleSet(self.targets.rule_set)
        self.ids = self.chosen.ids

    def frame(self, page: str) -> dict[str, Any]:
        """Context that the head of each page needs."""
        days = {
            _("Today"): (self.today, self.today),
            _("Yesterday"): (self.today - timedelta(days=1), self.today - timedelta(days=1)),
            _("7 days"): (self.today - timedelta(days=6), self.today),
            _("30 days"): (self.today - timedelta(days=29), self.today),
        }
        return {
            "asked": self,
            "page": page,
            "may_manage": may(self.user, MANAGE),
            "one_day": self.first == self.last,
            "rule_name": RULES[self.rules][0],
            "rule_says": RULES[self.rules][1],
            "rule_choices": rule_choices(),
            "machine_options": self._options(page),
            "periods": [
                (name, self.address(first, last), (first, last) == (self.first, self.last))
                for name, (first, last) in days.items()
            ],
            "keep": self.address(self.first, self.last),
        }

    def _options(self, page: str) -> SafeString:
        """The choice of machines; written here, since a template takes long over hundreds of them."""
        every = [] if page == "hours" else [("", "", _("All"))]
        every += [
            (one.code, " selected" if one.code == self.chosen.machine else "", one.name) for one in self.chosen.every
        ]
        return format_html_join("", '<option value="{}"{}>{}</option>', every)

    def address(self, first: date, last: date, **changes: str) -> str:
        """This choice with other days, as a query string."""
        said = {
            "line": self.chosen.line, "machine": self.chosen.machine, "from": f"{first:%Y-%m-%d}",
            "to": f"{last:%Y-%m-%d}", "rules": self.rules.value, **changes,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in said.items() if value})


def _day(text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise BadDays(_("'%(text)s' is not a day. Write it as 2026-11-20.") % {"text": text[:20]})
    return day
