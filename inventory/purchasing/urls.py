"""Addresses of buying: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.purchasing.api import EnquiryViewSet, PurchaseLineViewSet, PurchaseOrderViewSet, PurchaseRequestViewSet
from inventory.purchasing.views import asking, orders, receiving, suppliers

router = Router()
router.register("purchase-orders", PurchaseOrderViewSet, "api-purchase-order")
router.register(r"purchase-orders/(?P<order>\d+)/lines", PurchaseLineViewSet, "api-purchase-line")
router.register("purchase-requests", PurchaseRequestViewSet, "api-purchase-request")
router.register("enquiries", EnquiryViewSet, "api-enquiry")

urlpatterns: list[URLPattern | URLResolver] = [
    path("purchasing/", orders.orders, name="purchase-orders"),
    path("purchasing/choices/<str:what>/", orders.choices, name="purchase-choices"),
    path("purchasing/orders/new/", orders.new, name="purchase-order-new"),
    path("purchasing/orders/<str:number>/", orders.order, name="purchase-order"),
    path("purchasing/orders/<str:number>/edit/", orders.edit, name="purchase-order-edit"),
    path("purchasing/orders/<str:number>/paper/", orders.paper, name="purchase-order-paper"),
    path("purchasing/orders/<str:number>/lines/", orders.add_line, name="purchase-line-add"),
    path("purchasing/orders/<str:number>/lines/<int:position>/", orders.line, name="purchase-line"),
    path("purchasing/orders/<str:number>/lines/<int:position>/return/", receiving.give_back, name="purchase-return"),
    path("purchasing/orders/<str:number>/lines/<int:position>/<str:act>/", orders.line_step, name="purchase-line-step"),
    path("purchasing/orders/<str:number>/<str:act>/", orders.step, name="purchase-order-step"),
    path("purchasing/receive/", receiving.start, name="receive"),
    path("purchasing/receive/<str:number>/", receiving.receive, name="receive-order"),
    path("purchasing/requests/", asking.requests, name="purchase-requests"),
    path("purchasing/requests/mine/", asking.own, name="own-requests"),
    path("purchasing/requests/new/", asking.new_request, name="purchase-request-new"),
    path("purchasing/requests/order/", asking.order_requests, name="purchase-requests-order"),
    path("purchasing/requests/<int:request_id>/reject/", asking.reject, name="purchase-request-reject"),
    path("purchasing/enquiries/", asking.enquiries, name="enquiries"),
    path("purchasing/enquiries/new/", asking.new_enquiry, name="enquiry-new"),
    path("purchasing/enquiries/<str:number>/", asking.enquiry, name="enquiry"),
    path("purchasing/enquiries/<str:number>/cancel/", asking.cancel, name="enquiry-cancel"),
    path("purchasing/enquiries/<str:number>/offers/", asking.note_offer, name="offer-add"),
    path("purchasing/enquiries/<str:number>/offers/<int:offer_id>/", asking.note_offer, name="offer-note"),
    path("purchasing/enquiries/<str:number>/offers/<int:offer_id>/choose/", asking.choose, name="offer-choose"),
    path("purchasing/suppliers/", suppliers.suppliers, name="suppliers"),
    path("purchasing/suppliers/<str:code>/", suppliers.supplier, name="supplier"),
    path("api/v1/", include(router.urls)),
]
