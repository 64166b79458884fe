"""People and tokens from the command line, under the command line's own name."""

import io
import sys

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.people.models import ApiToken, User
from factory_core.people.tokens import user_of_token
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def run(*line: str) -> str:
    out = io.StringIO()
    call_command(*line, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_a_person_gets_a_role_at_a_place_and_a_password_shown_once(plant: Plant) -> None:
    told = run("create_user", "paul", "--role", "operator", "--place", plant.line_a.code)

    paul = User.objects.get(username="paul")
    assert told.startswith("Password of paul (shown only now): ")
    assert paul.check_password(told.strip().rsplit(" ", 1)[1])
    assert may(paul, "production.count.report", plant.press)
    assert not may(paul, "production.count.report", plant.robot)
    entry = LogEntry.objects.get_for_object(paul).first()
    assert entry is not None
    assert (entry.actor.username, entry.additional_data["channel"]) == ("service.command-line", "cli")


def test_without_a_place_the_role_holds_in_every_site(plant: Plant) -> None:
    run("create_user", "olga", "--role", "owner")
    assert may(User.objects.get(username="olga"), "plant.view", plant.site)


def test_the_password_may_come_from_outside_and_is_then_not_printed(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse 9\n"))
    assert run("create_user", "root", "--superuser", "--password-stdin") == ""
    root = User.objects.get(username="root")
    assert (root.is_superuser, root.check_password("correct horse 9")) == (True, True)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["paul"], "Say what the person may do"),
        (["paul", "--superuser", "--place", "x"], "--place needs --role"),
        (["paul", "--role", "king"], "invalid choice"),
        (
            ["paul", "--role", "operator", "--place", "nowhere"],
            "no site, area, line or machine with the code 'nowhere'",
        ),
        (["two words", "--superuser"], "Enter a valid username"),
    ],
)
def test_what_cannot_be_is_told_and_nobody_is_added(plant: Plant, line: list[str], sentence: str) -> None:
    before = User.objects.filter(kind="person").count()
    with pytest.raises(CommandError, match=sentence):
        run("create_user", *line)
    assert User.objects.filter(kind="person").count() == before


def test_a_name_is_taken_once_and_a_weak_password_refused(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    run("create_user", "paul", "--role", "operator")
    with pytest.raises(CommandError, match="already exists"):
        run("create_user", "paul", "--role", "owner")
    monkeypatch.setattr(sys, "stdin", io.StringIO("password\n"))
    with pytest.raises(CommandError, match="too common"):
        run("create_user", "mary", "--role", "owner", "--password-stdin")
    assert not User.objects.filter(username="mary").exists()


def test_a_token_is_printed_once_and_opens_as_far_as_asked(cast: Cast) -> None:
    secret = run("create_token", cast.operator.username, "--scope", "write", "--scope", "read", "--days", "2").strip()

    user, token = user_of_token(secret, now())
    assert (user, token.scopes) == (cast.operator, ["read", "write"])
    assert 1.9 < (token.expires_at - now()).total_seconds() / 86400 < 2
    assert run("create_token", cast.operator.username).strip() != secret
    assert ApiToken.objects.latest("pk").scopes == ["read"]


def test_tokens_for_nobody_the_disabled_and_too_long_are_refused(cast: Cast) -> None:
    for line, sentence in (
        (["ghost"], "There is no user 'ghost'"),
        ([cast.disabled.username], "disabled or a service"),
        (["service.plant"], "disabled or a service"),
        ([cast.operator.username, "--days", "0"], "--days is between"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run("create_token", *line)
    assert not ApiToken.objects.exists()


def test_a_superuser_may_have_a_token_made_by_the_command_line(plant: Plant) -> None:
    root = a_user("root", superuser=True)
    assert run("create_token", "root").startswith("mw_")
    assert ApiToken.objects.get().user == root
