"""Who reads the lists of people and companies through the API."""

import pytest
from rest_framework.test import APIClient

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.services import service_user


def ask(user, path):
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client.get(path, HTTP_HOST="127.0.0.1")


@pytest.mark.django_db
def test_a_supervisor_reads_people_without_their_secrets(cast):
    answer = ask(cast.supervisor, f"/api/v1/users?username={cast.operator.username}")
    assert answer.status_code == 200
    (row,) = answer.json()["results"]
    assert row == {
        "id": cast.operator.pk, "version": 1, "username": cast.operator.username, "name": "Anna", "language": "",
        "is_active": True,
    }  # fmt: skip


@pytest.mark.django_db
def test_terminals_and_services_are_not_people(cast):
    names = {row["username"] for row in ask(cast.owner, "/api/v1/users?limit=500").json()["results"]}
    assert cast.operator.username in names
    assert not [name for name in names if name.startswith(("service.", "terminal."))]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/partners"])
def test_operators_strangers_and_nobody_read_neither(cast, path):
    assert ask(cast.operator, path).status_code == 403
    assert ask(cast.stranger, path).status_code == 403
    assert ask(None, path).status_code == 401


@pytest.mark.django_db
def test_partners_by_code_and_an_unknown_parameter_is_refused(cast):
    with acting(service_user("plant")):
        Partner.objects.create(code="ACME", name="Acme", is_supplier=True)
    found = ask(cast.owner, "/api/v1/partners?code=ACME").json()["results"]
    assert [(row["code"], row["is_supplier"]) for row in found] == [("ACME", True)]
    refused = ask(cast.owner, "/api/v1/partners?cod=ACME")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "unknown_parameter"
    assert "cod" in refused.json()["detail"]
