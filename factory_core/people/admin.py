"""People, terminals and API tokens in the administration."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import may
from factory_core.access.queries import roles_of
from factory_core.errors import Refusal
from factory_core.people import services
from factory_core.people.models import ApiToken, User, UserKind
from factory_core.people.sessions import TERMINAL_SCOPE
from factory_core.web.admin import PlantAdmin, PlantForm
from factory_core.web.doors import signed_in

TERMINAL_LINK_DAYS = 7
LONGEST_TOKEN_DAYS = 3650


class PersonForm(PlantForm):
    """A person or a terminal; password and PIN are set here and never shown."""

    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("Leave empty to keep the present one; without any, badge and PIN open terminals only."),
    )
    new_pin = forms.CharField(
        label=gettext_lazy("New PIN"),
        required=False,
        widget=forms.PasswordInput({"autocomplete": "off", "inputmode": "numeric"}),
        help_text=gettext_lazy("Four digits for shared terminals. Leave empty to keep the present one."),
    )

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("As the browser asks")), *settings.LANGUAGES],
    )

    class Meta:
        model = User
        fields = ("username", "display_name", "kind", "badge", "language", "is_active", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            people = [choice for choice in UserKind.choices if choice[0] != UserKind.SERVICE]
            self.fields["kind"].choices = people  # type: ignore[attr-defined]  # a choice field by its model

    def clean_badge(self) -> str | None:
        """An empty badge is none: two people without one do not clash."""
        return self.cleaned_data["badge"] or None

    def clean_new_password(self) -> str:
        """By the rules of the settings."""
        given: str = self.cleaned_data["new_password"]
        if given:
            validate_password(given, self.instance)
        return given


@admin.register(User)
class PersonAdmin(PlantAdmin):
    """People are disabled, never deleted: their name stands in the trail."""

    group = "people"
    manage_capability = "people.manage"
    form = PersonForm
    list_display = ("username", "name", "kind", "badge_known", "language", "is_active", "last_login")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "display_name", "first_name", "last_name")
    ordering = ("username",)
    actions = ("disable", "terminal_link")

    @admin.display(boolean=True, description=gettext_lazy("badge"))
    def badge_known(self, user: User) -> bool:
        """Whether there is one; the badge itself opens a terminal and is not listed."""
        return bool(user.badge)

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, user: User) -> str:
        """What they are where, and the way to the page that changes it."""
        held = [f"{role.role_name} · {role.place}" for role in roles_of([user]).get(user.pk, [])]
        told = ", ".join(held) or _("No role anywhere: every door is closed.")
        return format_html(
            '{} – <a class="font-medium underline" href="{}">{}</a>',
            told, reverse("rights-person", args=[user.pk]), _("Give or take away roles"),
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Roles are shown here and changed on their own page."""
        return ("roles",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The marks of standing apart; only a superuser sees the switch for superusers."""
        standing = (["roles"] if obj else []) + ["is_active"] + (["is_superuser"] if request.user.is_superuser else [])
        return [
            (None, {"fields": ["username", "display_name", "kind", "language", "read_version"]}),
            (gettext_lazy("Ways in"), {"fields": ["badge", "new_pin", "new_password"]}),
            (gettext_lazy("Standing"), {"fields": standing}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services are the plant's own, and a superuser is changed by superusers only."""
        if not super().has_change_permission(request, obj):
            return False
        if not isinstance(obj, User):
            return True
        return obj.kind != UserKind.SERVICE and (not obj.is_superuser or request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the acts on people, so that the story of the plant tells it too."""
        services.require_over(signed_in(request), obj)
        given = form.cleaned_data
        if change:
            if given["new_password"]:
                obj.set_password(given["new_password"])
            super().save_model(request, obj, form, change)
        else:
            made = services.create_user(
                actor=signed_in(request),
                username=obj.username,
                name=obj.display_name,
                kind=obj.kind,
                badge=obj.badge,
                language=obj.language,
                password=given["new_password"] or None,
                superuser=obj.is_superuser,
            )
            obj.pk, obj.version = made.pk, made.version
        if given["new_pin"]:
            services.set_pin(actor=signed_in(request), user=User.objects.get(pk=obj.pk), pin=given["new_pin"])

    @admin.action(description=gettext_lazy("Disable: close every door to them"), permissions=["change"])
    def disable(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Disable the chosen people."""
        for person in people.filter(is_active=True):
            services.disable_user(actor=signed_in(request), user=person)
            self.message_user(request, _("%(name)s can no longer sign in.") % {"name": person.name}, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Make a link that turns a browser into this terminal"), permissions=["change"]
    )
    def terminal_link(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Show a fresh link for each chosen terminal, once."""
        for terminal in people:
            if terminal.kind != UserKind.TERMINAL:
                self.message_user(request, _("%(name)s is no terminal.") % {"name": terminal.name}, messages.ERROR)
                continue
            secret = services.create_token(
                actor=signed_in(request),
                user=terminal,
                scopes=[TERMINAL_SCOPE],
                days=TERMINAL_LINK_DAYS,
                name=TERMINAL_SCOPE,
            )
            link = request.build_absolute_uri(reverse("terminal", args=[secret]))
            told = _("Open this on the screen of %(name)s within %(days)d days; it is shown only now:")
            told %= {"name": terminal.name, "days": TERMINAL_LINK_DAYS}
            self.message_user(request, format_html("{} {}", told, link), messages.WARNING)


class TokenForm(forms.ModelForm):
    """A new token: for whom, for what, how long."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("may"),
        choices=[("read", gettext_lazy("read")), ("write", gettext_lazy("write"))],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=gettext_lazy("valid for (days)"), min_value=1, max_value=LONGEST_TOKEN_DAYS, initial=90
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name")


@admin.register(ApiToken)
class TokenAdmin(PlantAdmin):
    """Tokens are made, shown once, and revoked; nothing about them changes in between."""

    group = "people"
    manage_capability = "people.manage"
    form = TokenForm
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """While adding, the wish; afterwards, what there is."""
        if obj is None:
            return ["user", "name", "scopes", "days"]
        return ["user", "name", "scopes", "created_at", "expires_at", "revoked_at"]

    def get_form(self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs: Any) -> Any:
        """An existing token has nothing to fill in."""
        if change:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Revoked by the action only."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return may(request.user, self.manage_capability)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the token and show its secret this once."""
        given = form.cleaned_data
        secret = services.create_token(
            actor=signed_in(request), user=obj.user, scopes=given["scopes"], days=given["days"], name=obj.name
        )
        obj.pk = ApiToken.objects.filter(user=obj.user).latest("pk").pk
        told = _("Copy the token now, it is shown only this once:")
        self.message_user(request, format_html("{} {}", told, secret), messages.WARNING)

    @admin.action(description=gettext_lazy("Revoke: end at once"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """Revoke the chosen tokens."""
        for token in tokens.filter(revoked_at=None).select_related("user"):
            try:
                services.revoke_token(actor=signed_in(request), token=token)
            except Refusal as no:
                self.message_user(request, no.sentence, messages.ERROR)
