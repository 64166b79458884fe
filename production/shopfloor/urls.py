"""Addresses of shopfloor."""

from django.urls import URLPattern, path

from production.shopfloor.views import handovers, queue, shift_calls

urlpatterns: list[URLPattern] = [
    path("calls/", shift_calls, name="calls"),
    path("machines/<str:code>/queue/", queue.queue, name="machine-queue"),
    *(
        path(f"machines/<str:code>/queue/{act}/", queue.queue_act, {"what": act}, name=f"machine-queue-{act}")
        for act in ("add", "place", "rank")
    ),
    path("handover/", handovers.handovers, name="handovers"),
    path("handover/open/", handovers.handover_open, name="handover-open"),
    path("handover/<int:handover_id>/", handovers.handover, name="handover"),
    path("handover/<int:handover_id>/print/", handovers.handover_paper, name="handover-paper"),
    *(
        path(f"handover/<int:handover_id>/{act}/", handovers.handover_act, {"act": act}, name=f"handover-{act}")
        for act in ("note", "sign", "take")
    ),
]
