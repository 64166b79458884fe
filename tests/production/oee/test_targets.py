"""Targets of a site: the usual ones where nobody set any; who may see them in the administration."""

from decimal import Decimal

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from production.oee.models import OeeTargets
from production.oee.queries.accounts import targets_of


def test_without_targets_the_usual_ones_count(plant):
    usual = targets_of(plant.site.pk)
    assert (usual.pk, usual.rule_set, usual.oee_percent, usual.reopen_days) == (None, "ISO22400", 85, 7)
    with acting(service_user("plant"), channel="test"):
        OeeTargets.objects.create(site=plant.site, rule_set="ODOO", oee_percent=Decimal("62.5"))
    assert targets_of(plant.site.pk).rule_set == "ODOO"
