"""The IT administration: Django's admin under our own rights, our own trail and our own refusals.

`ADMIN_SKIN` chooses unfold or, where a security team refuses the looser policy it needs, the stock admin.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.identity import acting
from factory_core.access.policy import may, require, visible
from factory_core.errors import Missing, Refusal
from factory_core.tables import TableKind
from factory_core.web.doors import signed_in
from factory_core.web.histories import history

if TYPE_CHECKING or settings.ADMIN_SKIN == "stock":
    from django.contrib.admin import AdminSite as SiteBase
    from django.contrib.admin import ModelAdmin as ModelBase
    from django.contrib.admin import TabularInline as InlineBase
else:
    from unfold.admin import ModelAdmin as ModelBase
    from unfold.admin import TabularInline as InlineBase
    from unfold.sites import UnfoldAdminSite as SiteBase

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Alpine works its expressions out at run time and unfold writes styles into elements; nothing comes from outside.
ADMIN_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "object-src": [NONE],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}


# The groups of the list of kinds, in their order; a class names its group, whatever app its model lives in.
GROUPS = {
    "people": gettext_lazy("People"),
    "places": gettext_lazy("Places and times"),
    "devices": gettext_lazy("Gateways and tags"),
    "production": gettext_lazy("Production"),
    "stock": gettext_lazy("Stock, buying and selling"),
    "looks": gettext_lazy("Needs a look"),
    "story": gettext_lazy("What happened"),
    "other": gettext_lazy("More"),
}


def demo_mark(request: HttpRequest) -> list[str] | None:
    """The mark of a demo plant, for unfold's head of the page."""
    return [_("DEMO"), "warning"] if settings.PLANT_IS_DEMO else None


def own_icon(request: HttpRequest) -> str:
    """The product's sign in the browser's tab."""
    return static("icons/millwright.svg")


def own_styles(request: HttpRequest) -> str:
    """What we mend in unfold's look."""
    return static("css/admin.css")


class PlantAdminSite(SiteBase):
    """The administration's site: open to `admin.use`, every change under the name of who makes it."""

    site_title = site_header = "Millwright"
    index_title = gettext_lazy("Administration")
    enable_nav_sidebar = True
    capability = "admin.use"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take only classes of ours: those of other packages know nothing of capabilities and acts."""
        if admin_class is not None and issubclass(admin_class, PlantAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the asker may use the administration at all."""
        return bool(request.user.is_authenticated and may(request.user, self.capability))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Every view of the site: under a name, behind the capability, with the policy that unfold needs."""

        @wraps(view)
        def under_a_name(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in SAFE:
                return view(request, *args, **kwargs)
            with acting(signed_in(request), channel="admin", reason=request.POST.get("_reason", "")[:200]):
                return view(request, *args, **kwargs)

        guarded = super().admin_view(under_a_name, cacheable)

        @wraps(guarded)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            require(request.user, self.capability)
            response: HttpResponse = guarded(request, *args, **kwargs)
            response._csp_replace = ADMIN_POLICY  # type: ignore[attr-defined]  # django-csp's own mark
            return response

        opened.capability = self.capability  # type: ignore[attr-defined]  # read by tests/architecture
        return opened

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The kinds by what they are about; which app keeps them is nothing that an administrator looks for."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        groups: dict[str, list[Any]] = {key: [] for key in GROUPS}
        for entry in (entry for app in apps for entry in app["models"]):
            known = self._registry[entry["model"]]
            entry["name"] = str(getattr(known, "kinds_title", "") or entry["name"])
            groups[getattr(known, "group", "other")].append(entry)
        return [
            {
                "name": str(GROUPS[key]),
                "app_label": key,
                "app_url": "",
                "has_module_perms": True,
                "models": sorted(entries, key=lambda entry: entry["name"]),
            }
            for key, entries in groups.items()
            if entries
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one front door, and this is not it."""
        return HttpResponseRedirect(f"{reverse('sign-in')}?next={reverse('admin:index')}")


class PlantAdmin(ModelBase):
    """What every page of the administration is made of: visible rows, capabilities, the trail as history.

    `manage_capability` opens adding and changing, and stays empty for what is only looked at. Nothing is deleted
    unless a class says `removable`: records end in a state, since other rows and the trail refer to them.
    """

    manage_capability = ""
    removable = False
    group = "other"
    kinds_title: Any = ""
    list_per_page = 50
    show_full_result_count = False
    history_template = "factory_core/admin/history.html"

    @property
    def view_capability(self) -> str:
        """The capability that shows the rows."""
        return str(self.model.view_capability)

    def _is_record(self) -> bool:
        return getattr(self.model, "table_kind", None) is TableKind.RECORD

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the kind appears in the list of kinds."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the asker may see the rows, or this row."""
        return may(request.user, self.view_capability, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the asker may add rows somewhere."""
        return bool(self.manage_capability) and self._is_record() and may(request.user, self.manage_capability)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the asker may change rows, or this row."""
        return bool(self.manage_capability) and self._is_record() and may(request.user, self.manage_capability, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only for the few kinds that have no state to end in."""
        return self.removable and self.has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows the asker may see."""
        return visible(request.user, super().get_queryset(request), self.view_capability)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices end where the asker's sight ends."""
        target = db_field.related_model
        if "queryset" not in kwargs and not isinstance(target, str) and hasattr(target, "scope_path"):
            known = self.admin_site._registry.get(target)
            capability = known.view_capability if isinstance(known, PlantAdmin) else None
            kwargs["queryset"] = visible(request.user, target._default_manager.all(), capability)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, one version further; refused when the row, as it would stand, lies outside the asker's places."""
        if change and hasattr(obj, "version"):
            obj.version += 1
        super().save_model(request, obj, form, change)
        require(request.user, self.manage_capability, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; after a refusal of the act it carries the sentence of that refusal."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "act_refused", "")
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A refused act leads back to the filled-in form, which then says why; nothing is stored."""
        # Only records have a history; on facts the button would lead nowhere.
        extra = {"show_history": self._is_record(), **(extra_context or {})}
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra)
        except Refusal as no:
            if request.method != "POST" or not issubclass(self.form, PlantForm):
                raise
            request.act_refused = no.sentence  # type: ignore[attr-defined]  # handed to get_form
            return super().changeform_view(request, object_id, form_url, extra)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The trail of the row, instead of the admin's own notes."""
        thing = self.get_object(request, object_id) if self._is_record() else None
        if thing is None:
            raise Missing(_("There is nothing at this address that you may see."))
        before = request.GET.get("before", "")
        entries, older = history(signed_in(request), thing, int(before) if before.isdecimal() else None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(thing)s") % {"thing": thing},
            "object": thing,
            "opts": self.opts,
            "entries": entries,
            "older": older,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.history_template, context)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The trail has it already."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The trail has it already."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """The trail has it already."""


class PlantInline(InlineBase):
    """Rows inside another row's page; they follow the rights of the page they stand in."""

    extra = 0
    manage_capability = ""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """The heading of the column is the field's name, also for those who do not see the column."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = str(field.label)
        return field

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the page."""
        return may(request.user, str(self.model.view_capability))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the page."""
        return may(request.user, self.manage_capability)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the page."""
        return may(request.user, self.manage_capability)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the page."""
        return may(request.user, self.manage_capability)


class PlantForm(forms.ModelForm):
    """A form that notices when somebody else changed the row since it was opened."""

    read_version = forms.IntegerField(label="", widget=forms.HiddenInput, required=False)
    refusal = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "read_version" in self.fields:
            self.fields["read_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        """Refuse a change of what the reader has not seen."""
        cleaned = super().clean()
        if self.refusal:
            raise forms.ValidationError(self.refusal, code="refused")
        read = self.cleaned_data.get("read_version")
        if self.instance.pk and read is not None:
            rows = type(self.instance)._default_manager.select_for_update(of=("self",))
            stored = rows.filter(pk=self.instance.pk).values_list("version", flat=True).get()
            if stored != read:
                raise forms.ValidationError(
                    _("Somebody else changed this in the meantime. Load the page again and repeat your change."),
                    code="stale_version",
                )
        return cleaned


def changed_fields(form: forms.ModelForm) -> list[str]:
    """The columns whose values somebody changed in a form."""
    columns = {field.name for field in form.instance._meta.concrete_fields}
    return [name for name in form.changed_data if name in columns]


def concrete_field_names(model: type[Model]) -> list[str]:
    """Names of a model's own columns, for pages that only show."""
    return [field.name for field in model._meta.get_fields() if isinstance(field, Field) and field.concrete]
