"""Printing labels of one thing: choose, look, print; as a page of millimetres or for a Zebra printer."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.links import link_of
from factory_core.web.lists import page_of
from inventory.labels.forms import PrintForm
from inventory.labels.queries.subjects import Labelled, NothingToLabel, labelled
from inventory.labels.queries.templates import prints_of, prints_seen, template_of, templates_for, templates_seen
from inventory.labels.services.printing import PRINT, chosen_template, drawn, print_labels
from inventory.labels.states import LabelSubject

MANAGE = "inventory.label.manage"


@never_cache
@require_GET
@door(PRINT)
def labels(request: HttpRequest) -> HttpResponse:
    """The templates, and what was printed lately."""
    user = signed_in(request)
    context = {
        "templates": list(templates_seen(user)),
        "page": page_of(request, prints_seen(user), newest_first=True),
        "may_design": may(user, MANAGE),
    }
    return render(request, "inventory/labels/labels.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(PRINT)
def print_page(request: HttpRequest) -> HttpResponse:
    """Choose template and copies of a label, see it; a POST prints.

    What a POST answers is the printed sheet itself: whoever loads it again prints again, and the label says so.
    """
    user, asked = signed_in(request), request.POST if request.method == "POST" else request.GET
    found = _asked_for(request, asked)
    subject = asked.get("subject", "")
    templates = templates_for(user, subject)
    form = PrintForm(
        request.POST if request.method == "POST" else None,
        templates=templates,
        asks_quantity=subject == LabelSubject.LOT,
    )
    trouble = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            with acting(user, channel="web"):
                printed = print_labels(
                    actor=user,
                    subject=subject,
                    subject_id=found.thing.pk,
                    template_code=said["template"],
                    copies=said["copies"],
                    quantity=said.get("quantity"),
                    at=now(),
                )
        except Refusal as refusal:
            trouble = refusal.sentence
        else:
            if "zpl" in request.POST:
                return _zpl(printed.zpl, printed.entry.subject_label)
            context = {
                "svg": printed.svg,
                "copies": range(said["copies"]),
                "entry": printed.entry,
                "style_url": _style_url(printed.entry.template),
                "back_url": _address(subject, found.thing.pk),
            }
            return render(request, "inventory/labels/sheet.html", context)
    context = {
        "form": form,
        "found": found,
        "subject": subject,
        "thing_url": link_of(found.thing),
        "trouble": trouble,
        "prints": list(prints_of(user, found.thing)[:10]),
        "page_url": _address(subject, found.thing.pk),
        **_preview(request, subject, asked.get("template", ""), found),
    }
    return render(request, "inventory/labels/print.html", context, status=422 if trouble or form.errors else 200)


@require_GET
@door(PRINT)
def page_style(request: HttpRequest, code: str) -> HttpResponse:
    """The size of the paper, which only a stylesheet can say; the policy allows none inside the page."""
    template = template_of(signed_in(request), code)
    wide, high = (f"{length.normalize():f}mm" for length in (template.width_mm, template.height_mm))
    # Browsers round a page to whole pixels: a label one pixel lower never spills onto a second, empty page.
    text = (
        f"@page {{ size: {wide} {high}; margin: 0; }}\n"
        f".label {{ inline-size: {wide}; block-size: calc({high} - 1px); }}\n"
        f".label > svg {{ inline-size: {wide}; block-size: {high}; }}\n"
    )
    # The address carries the version, so the answer never changes.
    return HttpResponse(text, content_type="text/css", headers={"Cache-Control": "private, max-age=31536000"})


def _asked_for(request: HttpRequest, asked: Any) -> Labelled:
    key = asked.get("id", "")
    if not key.isdecimal() or len(key) > 18:
        raise NothingToLabel(_("Say of what: the address needs `subject` and the `id` of the thing."))
    return labelled(signed_in(request), asked.get("subject", ""), int(key), at=now(), quantity=_quantity(asked))


def _quantity(asked: Any) -> Decimal | None:
    text = asked.get("quantity", "").strip().replace(",", ".")
    whole, _point, part = text.partition(".")
    fits = whole.isdecimal() and len(whole) <= 12 and (not part or part.isdecimal()) and len(part) <= 6
    return Decimal(text) if fits else None


def _preview(request: HttpRequest, subject: str, code: str, found: Labelled) -> dict[str, Any]:
    try:
        template = chosen_template(signed_in(request), subject, code)
        svg, _zpl_text = drawn(template, found)
    except Refusal as refusal:
        return {"preview": "", "no_preview": refusal.sentence}
    return {"preview": svg, "template": template}


def _zpl(text: str, name: str) -> HttpResponse:
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name).strip("-")
    headers = {"Content-Disposition": f'attachment; filename="label-{kept or "one"}.zpl"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def _style_url(template: Any) -> str:
    return f"{reverse('label-style', args=[template.code])}?v={template.version}"


def _address(subject: str, key: int) -> str:
    return f"{reverse('label-print')}?subject={subject}&id={key}"
