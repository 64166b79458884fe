"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, path

from inventory.items.views import editing, parts, reading

# Numbers may hold a slash, so an item's page takes what is left: first words in use are in rules/facts.RESERVED.
urlpatterns: list[URLPattern | URLResolver] = [
    path("items/", reading.items, name="items"),
    path("items/new/", editing.new, name="item-new"),
    path("items/categories/", editing.categories, name="item-categories"),
    path("items/papers/<int:paper_id>/", reading.paper, name="item-paper"),
    path("items/id/<int:item_id>/", reading.by_id, name="item-by-id"),
    path("items/id/<int:item_id>/edit/", editing.edit, name="item-edit"),
    path("items/id/<int:item_id>/add/<str:name>/", parts.part, name="item-part"),
    path("items/id/<int:item_id>/add/<str:name>/<int:key>/", parts.part, name="item-part-of"),
    path("items/id/<int:item_id>/do/<str:name>/<int:key>/", parts.act, name="item-act"),
    path("items/<path:number>/", reading.item, name="item"),
]
