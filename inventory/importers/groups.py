"""Groups of items come over."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import Upsert, column_of, found_by, said
from inventory.items.models import ItemCategory
from inventory.items.services.common import checked

_CODE = 40
FIELDS = (
    Field("name", _("name"), required=True, longest=120, example="Housings",
          synonyms=words_for("name", en="group name|category name|name")),
    Field("code", _("code"), longest=_CODE, example="HOUS",
          note=_("Without one the name is the code, cut to 40 signs."),
          synonyms={"en": ["group code", "category code", "code"], "de": ["Gruppencode", "Warengruppennummer"],
                    "es": ["código de grupo"], "fr": ["code groupe"], "pl": ["kod grupy"]}),
    Field("parent", _("part of"), FieldType.REFERENCE, refers_to="item_groups", example="Parts",
          note=_("The name or code of the group above."),
          synonyms={"en": ["parent group", "parent category", "part of", "product category id"], "de": ["Obergruppe"],
                    "es": ["grupo padre"], "fr": ["groupe parent"], "pl": ["grupa nadrzędna"]}),
)  # fmt: skip


def known_groups(rows: "Collection[object]") -> dict[str, ItemCategory]:
    """Groups by their code, else by their name."""
    by_name = found_by(ItemCategory.objects.order_by("-pk"), "name", rows)
    return {**by_name, **found_by(ItemCategory.objects.all(), "code", rows)}


def new_group(name: str) -> dict[str, str]:
    """What a group needs of which only the name is known."""
    return {"name": name, "code": name[:_CODE].strip()}


def _take(rows: Sequence[Row], context: Context) -> None:
    names = column_of(rows, "name", "code", "parent")
    there = known_groups(names)
    groups = Upsert(ItemCategory, context, {}, lambda group: checked(group, ["parent"]))
    groups.known.update({text.upper(): group for text, group in there.items()})
    for row in rows:
        name, code = str(row.values["name"]), row.values.get("code")
        key = str(code or name).upper()
        if key not in groups.known and name.upper() in there:
            key = name.upper()
        groups.put(row, key, said(row, name=name, code=code), new_group(name), name="name")
    groups.save()
    _hang(rows, groups)


def _hang(rows: Sequence[Row], groups: Upsert) -> None:
    """Groups are hung below each other when all of them are there."""
    by_text = {**{str(key): group for key, group in groups.known.items()}}
    for row in rows:
        above = row.values.get("parent")
        group = by_text.get(str(row.values.get("code") or row.values["name"]).upper())
        if above is None or group is None or row.outcome is None or row.problems:
            continue
        parent = by_text.get(str(above).upper())
        if parent is None:
            parent = ItemCategory.objects.create(**new_group(str(above)))
            by_text[str(above).upper()] = parent
        if _is_below(parent, group, by_text):
            row.refuse("parent", "invalid", _now("%(name)s cannot be part of itself.") % {"name": group.name})
            continue
        groups.put(row, str(row.values.get("code") or row.values["name"]).upper(), {"parent_id": parent.pk}, {})
    groups.save()


def _is_below(parent: ItemCategory, group: ItemCategory, known: Mapping[str, ItemCategory]) -> bool:
    by_key = {one.pk: one for one in known.values()}
    seen = set()
    above: ItemCategory | None = parent
    while above is not None and above.pk not in seen:
        if above.pk == group.pk:
            return True
        seen.add(above.pk)
        above = by_key.get(above.parent_id) or above.parent if above.parent_id else None
    return False


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    for group in visible(actor, ItemCategory.objects.select_related("parent").order_by("code")):
        yield {"name": group.name, "code": group.code, "parent": group.parent.code if group.parent else None}


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return {text: group.pk for text, group in known_groups(keys).items()}


def offer() -> None:
    """Groups come before the items that are in them."""
    words = {
        "en": ["item groups", "categories", "product groups", "product subcategory", "product category"],
        "de": ["Warengruppen", "Artikelgruppen"], "es": ["grupos", "categorías"], "fr": ["groupes", "catégories"],
        "pl": ["grupy", "kategorie"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "item_groups", _("Groups of items"), "inventory.item.manage", FIELDS, ("name",), _take, _rows, known=_known,
            synonyms=words, old_id=("product subcategory id", "group id", "category id"),
        )
    )  # fmt: skip
