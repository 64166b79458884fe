"""Designing labels: a form over the elements, and beside it the label as it would be printed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from inventory.labels.forms import ElementSet, TemplateForm, elements_in
from inventory.labels.models import LabelTemplate
from inventory.labels.queries.templates import template_of
from inventory.labels.rules.codes import CannotEncode
from inventory.labels.rules.defaults import DEFAULTS
from inventory.labels.rules.drawing import draw_label
from inventory.labels.rules.elements import LEAST_MM, MOST_MM, BadElements, read_elements
from inventory.labels.rules.fields import SAMPLES
from inventory.labels.services.faults import bad_template, cannot_be_coded
from inventory.labels.services.templates import change_template, create_template, make_default_templates
from inventory.labels.states import LabelSubject
from inventory.labels.views.printing import MANAGE

NEW_ELEMENT = {"kind": "text", "x": 2, "y": 2, "width": 30, "height": 5, "size": 3, "align": "left"}


@never_cache
@require_POST
@door(MANAGE)
def make_defaults(request: HttpRequest) -> HttpResponse:
    """Make the usual template for each kind of thing that has none."""
    user = signed_in(request)
    with acting(user, channel="web"):
        make_default_templates(actor=user, at=now())
    return redirect("labels")


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """A new template; `?subject=` begins with the usual elements of that kind of thing."""
    subject = _subject(request.POST.get("subject") or request.GET.get("subject", ""))
    begun = next(default for default in DEFAULTS if default.subject == subject)
    if request.method == "GET":
        form = TemplateForm()
        form.initial.update(subject=subject, width_mm=begun.width_mm, height_mm=begun.height_mm)
        return _page(request, None, subject, form, _forms(subject, begun.elements))
    return _saved(request, None, subject)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def design(request: HttpRequest, code: str) -> HttpResponse:
    """A template: its size and its elements."""
    template = template_of(signed_in(request), code)
    if request.method == "GET":
        form = TemplateForm(template=template)
        return _page(request, template, template.subject, form, _forms(template.subject, template.elements))
    return _saved(request, template, template.subject)


@never_cache
@require_POST
@door(MANAGE)
def preview(request: HttpRequest) -> HttpResponse:
    """The label as the form says it now, with a sample of the thing; or what is wrong with it."""
    subject = _subject(request.POST.get("subject", ""))
    form, formset = _size_of(request), ElementSet(request.POST, form_kwargs={"subject": subject})
    return render(request, "inventory/labels/_preview.html", _drawn(subject, form, formset))


def _saved(request: HttpRequest, template: LabelTemplate | None, subject: str) -> HttpResponse:
    user, form = signed_in(request), TemplateForm(request.POST, template=template)
    formset = ElementSet(request.POST, form_kwargs={"subject": subject})
    if not (form.is_valid() and formset.is_valid()):
        return _page(request, template, subject, form, formset, status=422)
    elements = elements_in(formset)
    if "more" in request.POST:
        return _page(request, template, subject, form, _forms(subject, [*elements, NEW_ELEMENT]))
    said = {name: form.cleaned_data[name] for name in ("name", "width_mm", "height_mm", "is_default")}
    try:
        with acting(user, channel="web"):
            if template is None:
                code = form.cleaned_data["code"]
                kept = create_template(actor=user, code=code, subject=subject, elements=elements, at=now(), **said)
            else:
                version = request.POST.get("version", "")
                kept = change_template(
                    actor=user,
                    template_id=template.pk,
                    version=int(version) if version.isdecimal() and len(version) < 10 else None,
                    elements=elements,
                    is_active=form.cleaned_data["is_active"],
                    at=now(),
                    **said,
                )
    except StaleVersion as stale:
        clash = {"rows": _both(stale.details["current"], form, len(elements))}
        told = {"clash": clash, "version": stale.details["current"]["version"]}
        return _page(request, template, subject, form, formset, status=412, **told)
    except Refusal as refusal:
        return _page(request, template, subject, form, formset, status=422, trouble=_sentences(refusal))
    return redirect("label-design", code=kept.code)


def _page(
    request: HttpRequest,
    template: LabelTemplate | None,
    subject: str,
    form: Any,
    formset: Any,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "template": template,
        "subject": subject,
        "form": form,
        "formset": formset,
        "version": template.version if template else "",
        **_drawn(subject, form, formset),
        **more,
    }
    return render(request, "inventory/labels/design.html", context, status=status)


def _drawn(subject: str, form: Any, formset: Any) -> dict[str, Any]:
    try:
        width, height = (float(form[name].value()) for name in ("width_mm", "height_mm"))
    except (TypeError, ValueError):
        width = height = 0.0
    if not (LEAST_MM <= width <= MOST_MM and LEAST_MM <= height <= MOST_MM):
        return {"no_preview": _("The label has no size yet: 5 to 500 mm.")}
    if formset.is_bound and not formset.is_valid():
        return {"no_preview": _("A number of an element cannot be read yet.")}
    elements = elements_in(formset) if formset.is_bound else formset.initial
    try:
        read = read_elements(elements, subject, width, height)
        return {"preview": draw_label(width, height, read, SAMPLES[subject])}
    except BadElements as fault:
        return {"no_preview": _sentences(bad_template(fault.faults))}
    except CannotEncode as fault:
        return {"no_preview": cannot_be_coded(fault).sentence}


def _forms(subject: str, elements: list[dict[str, Any]]) -> Any:
    return ElementSet(initial=elements, form_kwargs={"subject": subject})


def _size_of(request: HttpRequest) -> TemplateForm:
    given = request.POST.copy()
    for name in ("width_mm", "height_mm"):
        given[name] = given.get(name, "").replace(",", ".")
    return TemplateForm(given)


def _subject(given: str) -> str:
    return given if given in list(LabelSubject) else LabelSubject.LOT


def _sentences(refusal: Refusal) -> str:
    faults = refusal.details.get("errors", [])
    return " ".join(fault["message"] for fault in faults) or refusal.sentence


def _both(current: dict[str, Any], form: Any, elements: int) -> list[dict[str, str]]:
    said = form.cleaned_data
    rows = [(form.fields[name].label, said[name], current[name]) for name in ("name", "width_mm", "height_mm")] + [
        (_("Number of elements"), elements, current["elements"])
    ]
    return [{"label": str(label), "yours": str(yours), "theirs": str(theirs)} for label, yours, theirs in rows]
