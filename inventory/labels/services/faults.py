"""What is wrong with the elements of a template, as sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.errors import Invalid
from inventory.labels.rules.codes import CannotEncode
from inventory.labels.rules.elements import Fault

_SENTENCES = {
    "not_a_list": gettext_lazy("The elements are a list; '%(given)s' is none."),
    "how_many": gettext_lazy("A label has 1 to %(expected)s elements, not %(given)s."),
    "not_an_element": gettext_lazy("'%(given)s' is no element: expected an object with kind, x, y, width and height."),
    "unknown_name": gettext_lazy("An element has no '%(given)s'. Expected: %(expected)s."),
    "unknown_word": gettext_lazy("%(name)s is '%(given)s'. Expected one of: %(expected)s."),
    "unknown_field": gettext_lazy("There is no field '%(given)s' for this label. Expected one of: %(expected)s."),
    "nothing_to_show": gettext_lazy("It shows neither a field nor a text: choose one."),
    "not_a_number": gettext_lazy("%(name)s is '%(given)s'. Expected a number of millimetres."),
    "not_a_text": gettext_lazy("%(name)s is no text of at most 200 signs."),
    "not_positive": gettext_lazy("%(name)s is %(given)s mm and must be more than 0."),
    "outside": gettext_lazy("It reaches over the edge of the label: %(given)s mm, the label ends at %(expected)s mm."),
    "letter_size": gettext_lazy("The letters are %(given)s mm high. Expected %(expected)s mm."),
}


class BadTemplate(Invalid):
    """The template cannot be kept as it is; `errors` names each fault."""

    code = "bad_label_template"


class CannotBeCoded(Invalid):
    """A code on the label cannot carry the value of this thing."""

    code = "cannot_be_coded"


def sentence_of(fault: Fault) -> str:
    """One fault as a sentence, with the number of the element counted from 1."""
    said = str(_SENTENCES[fault.problem]) % {"name": fault.name, "given": fault.given, "expected": fault.expected}
    return (
        said if fault.place is None else _("Element %(number)d: %(said)s") % {"number": fault.place + 1, "said": said}
    )


def bad_template(faults: list[Fault]) -> BadTemplate:
    """The refusal that names every fault."""
    return BadTemplate(
        sentence_of(faults[0]),
        errors=[
            {
                "pointer": "/elements" if fault.place is None else f"/elements/{fault.place}/{fault.name}".rstrip("/"),
                "code": fault.problem,
                "message": sentence_of(fault),
            }
            for fault in faults
        ],
    )


def cannot_be_coded(fault: CannotEncode) -> CannotBeCoded:
    """The refusal for a value that does not go into a code."""
    expected = {
        "qr": _("at most 300 signs"),
        "code128": _("at most 80 letters, digits and signs of a plain keyboard"),
        "ean": _("8, 12, 13 or 14 digits with the right check digit"),
    }[fault.kind]
    return CannotBeCoded(
        _("'%(text)s' does not go into a code of the kind %(kind)s. Expected %(expected)s.")
        % {"text": fault.text.strip("\x1d")[:60], "kind": fault.kind, "expected": expected}
    )
