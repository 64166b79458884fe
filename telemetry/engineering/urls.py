"""Addresses of the engineer's pages."""

from django.urls import path

from telemetry.engineering.views import browsing, devices, gateways, mapping, tags

urlpatterns = [
    path("gateways/", gateways.gateways, name="gateways"),
    path("gateways/rows/", gateways.gateways, {"part": "rows"}, name="gateways-rows"),
    path("gateways/unused/", gateways.unused, name="gateways-unused"),
    path("gateways/unused/stop/", gateways.stop_unused, name="gateways-unused-stop"),
    path("gateways/<str:code>/", gateways.gateway, name="gateway"),
    path("gateways/<str:code>/rows/", gateways.gateway, {"part": "rows"}, name="gateway-rows"),
    path("gateways/<str:code>/add/", devices.add, name="device-add"),
    path("gateways/<str:code>/tags/<int:number>/", tags.edit, name="tag"),
    path("gateways/<str:code>/tags/<int:number>/switch/", tags.switch, name="tag-switch"),
    path("gateways/<str:code>/devices/<str:device>/", devices.device, name="device"),
    path("gateways/<str:code>/devices/<str:device>/rows/", devices.device, {"part": "rows"}, name="device-rows"),
    path("gateways/<str:code>/devices/<str:device>/edit/", devices.edit, name="device-edit"),
    path("gateways/<str:code>/devices/<str:device>/switch/", devices.switch, name="device-switch"),
    path("gateways/<str:code>/devices/<str:device>/browse/", browsing.browse, name="device-browse"),
    path("gateways/<str:code>/devices/<str:device>/read/", browsing.read, name="device-read"),
    path("gateways/<str:code>/devices/<str:device>/answers/<int:number>/", browsing.answer, name="device-answer"),
    path("gateways/<str:code>/devices/<str:device>/choose/", tags.choose, name="device-choose"),
    path("gateways/<str:code>/devices/<str:device>/tags/", tags.save, name="device-tags"),
    path("gateways/<str:code>/devices/<str:device>/map/<str:machine>/", mapping.mapping, name="device-map"),
]
