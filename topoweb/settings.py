"""Settings, from the environment. Nothing needs to be set: the embedded default is SQLite and one process.

TOPOWEB_STATE_DIR      database, secret key, worker token (var/)
HOST, PORT             where the server listens: allowed hosts and origins follow them
TOPOWEB_ORIGINS        further origins, comma separated, where a proxy stands before it: https://labs.example.org
DATABASE_URL           postgres://user:password@db/topoweb instead of SQLite; sqlite:////FILE?timeout=5 for another file and patience
REDIS_URL              redis://redis:6379/0: several web processes share a channel layer
SECRET_KEY             the same for all of them; else TOPOWEB_STATE_DIR has one
TOPOWEB_WORKER_NAME    of the worker that `topoweb serve` runs beside it (local): another for each that serves the same database
TOPOWEB_SIGN_UP        1: whoever comes may make an account
TOPOWEB_ALLOW_MACHINE  1: labs of superusers may be on the worker's machine itself, beside what is there; the worker must be root's
TOPOWEB_MAX_NODES, …   limits: topoweb/limits.py, labs/document/limits.py
DEBUG                  1: Django's debug pages
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.utils.translation import gettext_lazy as _

from labs.document.limits import Limits as DocumentLimits
from topoweb import hosts
from topoweb.limits import Limits
from topoweb.statedir import ROOT, private, secret, state_dir

T = TypeVar("T")
env = environ.Env()

BASE_DIR: Path = ROOT
STATE_DIR: Path = state_dir()
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY", "") or secret(STATE_DIR / "secret-key")
WORKER_NAME: str = env.str("TOPOWEB_WORKER_NAME", "local")
WORKER_TOKEN_FILE = STATE_DIR / "worker-token"

# Where it is reached
HOST: str = env.str("HOST", "127.0.0.1")
PORT: int = env.int("PORT", 8000)
_FURTHER_ORIGINS: list[str] = env.list("TOPOWEB_ORIGINS", default=[])
ALLOWED_HOSTS: list[str] = hosts.allowed_hosts(HOST) + hosts.hosts_of(_FURTHER_ORIGINS)
ALLOWED_ORIGINS: list[str] = hosts.origins(hosts.allowed_hosts(HOST), PORT) + _FURTHER_ORIGINS
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS

# How much is allowed


def _from_environment(limits: type[T]) -> T:
    """Limits, each of which `TOPOWEB_MAX_` and its name may override."""
    fields = dataclasses.fields(limits)  # type: ignore[arg-type]  # both are dataclasses
    return limits(**{field.name: env.int(f"TOPOWEB_MAX_{field.name.upper()}", field.default) for field in fields})


LIMITS = _from_environment(Limits)
DOCUMENT_LIMITS = _from_environment(DocumentLimits)
DATA_UPLOAD_MAX_MEMORY_SIZE = LIMITS.body_bytes

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "channels",
    "ninja",
    "labs",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "labs.web.middleware.security_headers",
    "labs.web.middleware.body_limit",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "topoweb.urls"
ASGI_APPLICATION = "topoweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labs.web.accounts.sign_up_open",
            ]
        },
    }
]

# Database and channel layer
DATABASES: dict[str, dict[str, Any]] = {"default": env.db("DATABASE_URL", f"sqlite:///{STATE_DIR / 'topoweb.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if Path(DATABASES["default"]["NAME"]).is_absolute():
        private(Path(DATABASES["default"]["NAME"]))
    # IMMEDIATE takes the write lock at once: a transaction that reads and then writes otherwise fails with "database is locked".
    # FULL: what was said to be saved outlives a power cut too; with NORMAL, a kill only (docs/promises.md).
    defaults = {"init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;", "transaction_mode": "IMMEDIATE", "timeout": 20}
    DATABASES["default"]["OPTIONS"] = defaults | DATABASES["default"].get("OPTIONS", {})
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # As patient as with SQLite, where PostgreSQL would wait for ever: for a lock that another program holds, and for a server that is away.
    defaults = {"connect_timeout": 10, "options": "-c lock_timeout=20s"}
    DATABASES["default"]["OPTIONS"] = defaults | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL: str = env.str("REDIS_URL", "")
_layer: dict[str, Any] = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
if REDIS_URL:
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as NoConnection

    _redis = {
        "address": REDIS_URL,
        "socket_connect_timeout": 5,
        "socket_timeout": 10,  # longer than the five seconds for which channels_redis waits for a message at a time
        "retry": Retry(NoBackoff(), 1, (NoConnection,)),  # those that are kept end when Redis is started again
    }
    _layer = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [_redis], "capacity": 1000}}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {"default": _layer, "terminals": _layer}  # labs/web/live/terminals.py

# Accounts
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "labs.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
SIGN_UP: bool = env.bool("TOPOWEB_SIGN_UP", False)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
PASSWORD_RESET_TIMEOUT = 24 * 3600  # also of a one-time sign-in link

# Cookies and headers. The page reads the CSRF cookie; it cannot read the session's.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("TOPOWEB_HTTPS", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: WhiteNoise serves them as they lie, Vite's hashed ones for ever. The pages of accounts share the front end's styles.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/assets/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING")},
    "loggers": {
        "labs": {"level": env.str("LOG_LEVEL", "INFO")},
        "topoweb": {"level": env.str("LOG_LEVEL", "INFO")},
        "django.request": {"level": "ERROR"},  # a 404 or a 422 is the client's affair, and is told to it
    },
}
