"""Settings. Everything a plant may set comes from the environment; `NAME_FILE` reads a secret from a file."""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from factory_core.processes.postgres_home import home as postgres_home
from factory_core.processes.specs import is_loopback

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
# `up` makes a key once and keeps it in the data directory; check mw.E001 explains when there is none.
_kept_key = DATA_DIR / "secret_key"
SECRET_KEY = env("SECRET_KEY", default=_kept_key.read_text().strip() if _kept_key.is_file() else "not set")
PLANT_IS_DEMO = env.bool("DEMO", default=False)

BIND = env("BIND", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
INGEST_PORT = env.int("INGEST_PORT", default=PORT + 1)
INGEST_TLS = env.bool("INGEST_TLS", default=not is_loopback(BIND))
SITE_URLS = env.list("SITE_URLS", default=[f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
HTTPS = env.bool("HTTPS", default=False)
# Where webhooks may go: this machine and private networks, unless the plant says otherwise.
WEBHOOK_NETWORKS = env.list(
    "WEBHOOK_NETWORKS",
    default=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
)

# "stock" is Django's own admin, for a security team that refuses what unfold's scripts need (docs/decisions).
ADMIN_SKIN = env("ADMIN_SKIN", default="unfold")

INSTALLED_APPS = [
    "factory_core",
    "telemetry",
    "inventory",
    "quality",
    "maintenance",
    "production",
    "audit",
    *(["unfold.apps.BasicAppConfig"] if ADMIN_SKIN == "unfold" else []),
    "factory_core.web.admin_app.PlantAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "auditlog",
    "channels",
    "csp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "procrastinate.contrib.django",
    "rest_framework",
]
# Who only moves readings stands on the floor and telemetry, and loads nothing of what stands above: it starts in half
# the time and takes less memory. Nobody down there can know the difference; the walls between the apps see to it.
if env("LOADS", default="everything") == "readings":
    INSTALLED_APPS = [
        "factory_core",
        "telemetry",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.postgres",
        "guardian",
        "procrastinate.contrib.django",
    ]

MIDDLEWARE = [
    "factory_core.web.middleware.RequestIdentity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "factory_core.web.middleware.PersonLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "factory_core.web.middleware.Refusals",
    "factory_core.web.bodies.RefuseLarge",
]

ROOT_URLCONF = "factory_core.urls"
ASGI_APPLICATION = "factory_core.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "millwright": "factory_core.web.templatetags.millwright",
                "tiles": "production.shopfloor.tiles",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "factory_core.web.context.shell",
            ],
        },
    },
]

_database = env.db("DATABASE_URL", default=postgres_home(DATA_DIR).url())
_database["OPTIONS"] = {
    **_database.get("OPTIONS", {}),
    "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=12), "timeout": 10, "reconnect_timeout": 5},
}
DATABASES = {"default": {**_database, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 0}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "factory_core.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
# The anonymous row of guardian would be an active person nobody knows.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
# Guardian is read only through factory_core.access; its backend would be a second, slower opinion.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

# What prices and costs are in where a document names no other currency (ISO 4217).
CURRENCY = env("CURRENCY", default="EUR")

LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "factory_core" / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["factory_core.web.formats"]
TIME_ZONE = env("PLANT_TIME_ZONE", default="Europe/Berlin")

NODE_MODULES = BASE_DIR / "node_modules"
NPM_FILES = {
    "vendor/htmx.js": "htmx.org/dist/htmx.esm.min.js",
    "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
    "vendor/uplot.css": "uplot/dist/uPlot.min.css",
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "factory_core.web.npm_finder.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "factory_core.processes.static_files.PlantStaticFiles"},
}
MEDIA_ROOT = DATA_DIR / "media"

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/api/v1/docs/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_TRUSTED_ORIGINS = SITE_URLS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "factory_core.web.defaults.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["factory_core.web.defaults.CapabilityPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "factory_core.web.schema.RoomSchema",
    "DEFAULT_FILTER_BACKENDS": ["factory_core.web.defaults.DeclaredFilters"],
    "DEFAULT_PAGINATION_CLASS": "factory_core.web.defaults.Paging",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "factory_core.web.problems.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Millwright",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "CountKind": [("good", "good"), ("scrap", "scrap"), ("rework", "rework")],
        "ReasonKind": "production.downtime.states.ReasonKind",
        "TagKind": "telemetry.devices.models.TagKind",
        "ItemKind": "inventory.items.states.ItemKind",
        "LocationKind": "inventory.stock.states.LocationKind",
        "MoveKind": "inventory.stock.states.MoveKind",
        "ReceiptKind": "inventory.purchasing.states.ReceiptKind",
        "LineKind": "production.products.states.LineKind",
        "CheckKind": "production.products.states.CheckKind",
        "LabourKind": "production.labour.states.LabourKind",
        "PlanKind": "production.planning.states.PlanKind",
        "HelpKind": [(kind, kind) for kind in ("supervisor", "maintenance", "quality", "material")],
        "OrderStatus": "production.orders.states.OrderStatus",
        "OperationStatus": "production.orders.states.OperationStatus",
        "DesignStatus": "production.products.states.DesignStatus",
    },
}

# Reads of the audit record use django-auditlog; the rows are written by the database (audit/README.md).
AUDITLOG_DISABLE_REMOTE_ADDR = True

UNFOLD = {
    "SITE_TITLE": "Millwright",
    "SITE_HEADER": "Millwright",
    "SITE_SYMBOL": "factory",
    "SHOW_HISTORY": True,
    "ENVIRONMENT": "factory_core.web.admin.demo_mark",
    "STYLES": ["factory_core.web.admin.own_styles"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "factory_core.web.admin.own_icon"}],
    "COLORS": {
        "primary": {
            "50": "#eef5ff", "100": "#dbe9ff", "200": "#bed7ff", "300": "#a3c8ff", "400": "#7db3ff", "500": "#3b82e0",
            "600": "#0b57c2", "700": "#0a4ba8", "800": "#0d408a", "900": "#10366e", "950": "#0b2347",
        },
    },
}  # fmt: skip

# How old a reading may be before the door refuses it as ancient; a gateway's `history_from` widens it on purpose.
READING_HORIZON_DAYS = env.int("READING_HORIZON_DAYS", default=90)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}
