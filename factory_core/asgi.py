"""The web process: pages by Django, the one live socket by Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
application = get_asgi_application()
