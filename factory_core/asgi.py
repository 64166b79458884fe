"""The web process: pages by Django, the one live socket by Channels."""

import gc
import os

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
# Before anything that touches models.
django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs Django set up
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs Django set up
from channels.security.websocket import OriginValidator  # noqa: E402 - needs Django set up
from django.conf import settings  # noqa: E402 - needs Django set up
from django.urls import path  # noqa: E402 - needs Django set up

import factory_core.urls  # noqa: E402, F401 - loaded now: nobody waits for it at the first page
from factory_core.live.consumers import LiveConsumer  # noqa: E402 - needs Django set up
from factory_core.processes.gate import pass_the_gate  # noqa: E402 - with the others
from factory_core.web.bodies import bounded  # noqa: E402 - with the others

# Up to here nothing of the plant was touched; its static files are looked for now.
pass_the_gate()
pages = bounded(get_asgi_application())

application = ProtocolTypeRouter(
    {
        "http": pages,
        # Scheme, host and port must match: a page of another program on this server may not open our socket.
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/live/", LiveConsumer.as_asgi())])), settings.SITE_URLS
        ),
    }
)

# What was loaded at the start stays: without this the collector walks all of Django every few page views.
gc.collect()
gc.freeze()
# What pages leave behind in circles goes often and in little: seldom and all at once, one page in twenty waited 80 ms.
gc.set_threshold(5_000, 20, 20)
