"""Settings, all from the environment or `.env`; without any, SQLite and one process (see `.env.example`)."""

import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from common.logs.formatters import FORMATS

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
_env_file = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
if _env_file.is_file():
    env.read_env(_env_file)


def one_of(name, default, *others):
    """The setting, which has one of these values: a mistyped one must not open what was to be closed."""
    value = env.str(name, default=default) or default
    if value not in (default, *others):
        raise ImproperlyConfigured(f"{name} is {value!r}. It can be {', '.join([default, *others])}.")
    return value


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Put SECRET_KEY=<50 random characters> in .env, or start with `make run`, "
            "which makes one for this machine; DEBUG=1 does without."
        )
    SECRET_KEY = "only for development"  # noqa: S105

# --- Where the site lives -----------------------------------------------------------------------------------------

DOMAIN = env.str("DOMAIN", default="")
HTTPS = env.bool("HTTPS", default=bool(DOMAIN))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[DOMAIN] if DOMAIN else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{DOMAIN}"] if DOMAIN and HTTPS else [])

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "daphne",
    "accounts.apps.DeskConfig",  # the admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "ninja",  # its documentation page then comes from here and not from a CDN
    "accounts",
    "rooms",
    "ops",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before the policy for pages, which means nothing to a script and would be a fifth of its weight.
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.http.compression.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "chatsite.health.for_machines",
    "common.api.base.one_shape_of_errors",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ProfileLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.theme.theme",
            ]
        },
    }
]

# --- Database and channel layer -----------------------------------------------------------------------------------

_database_url = env.str("DATABASE_URL", default="") or env.str("DATABASE", default="")
_database_url = _database_url or f"sqlite:///{BASE_DIR / 'var' / 'tertulia.sqlite3'}"
DATABASES = {"default": env.db_url_config(_database_url)}
DATABASE_THREADS = env.int("DATABASE_THREADS", default=8)
DATABASE_TIMEOUT_SECONDS = env.int("DATABASE_TIMEOUT_SECONDS", default=10)

_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an acknowledged message outlives a power cut. Group commit pays for it.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": DATABASE_THREADS + 8, "timeout": DATABASE_TIMEOUT_SECONDS},
        "connect_timeout": DATABASE_TIMEOUT_SECONDS,
        # Pages ask without `common.db.threads`: where the other machine has died without a word, the kernel tells.
        "tcp_user_timeout": DATABASE_TIMEOUT_SECONDS * 1000,
        "keepalives_idle": DATABASE_TIMEOUT_SECONDS,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "options": f"-c statement_timeout={DATABASE_TIMEOUT_SECONDS}s -c lock_timeout={DATABASE_TIMEOUT_SECONDS}s",
    }

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # The subscriber waits without an end, so no socket_timeout: redis-py's default of 5 s would cut it.
            # `rooms.delivery.pubsub` bounds every call instead.
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_timeout": None, "health_check_interval": 10}],
                "prefix": env.str("REDIS_PREFIX", default="tertulia"),
            },
        }
    }

# --- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
ACCOUNT_LISTENER = "rooms.account_deletion.listener.RoomsListener"
AUTHENTICATION_BACKENDS = ["accounts.backend.Doorkeeper"]
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# No other host of the domain, and no page without TLS, can set a cookie that is called so.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = HTTPS, "Lax"
# In the session, and not in one more cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_SAMESITE = "Lax"
PASSWORD_RESET_TIMEOUT = 24 * 3600  # of a link that staff have made
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "chat"
LOGOUT_REDIRECT_URL = "sign-in"
REGISTRATION = one_of("REGISTRATION", "everyone", "invitation", "nobody")
MINIMUM_AGE = env.int("MINIMUM_AGE", default=13)
PASSWORD_HASHERS = [
    "accounts.hashing.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "first_names", "last_names", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Talk ---------------------------------------------------------------------------------------------------------

DEFAULT_ROOM_NAME = env.str("DEFAULT_ROOM_NAME", default="")
ROOM_CREATION = one_of("ROOM_CREATION", "everyone", "staff")
PRIVATE_MESSAGES = one_of("PRIVATE_MESSAGES", "everyone", "staff", "nobody")
CHAT_FRAME_BYTES = 64 * 1024
CHAT_MESSAGE_CHARACTERS = 8_000
CHAT_MESSAGE_RATE = env.float("CHAT_MESSAGE_RATE", default=5.0)
CHAT_MESSAGE_BURST = env.int("CHAT_MESSAGE_BURST", default=20)
CHAT_FRAME_RATE = env.float("CHAT_FRAME_RATE", default=20.0)
CHAT_FRAME_BURST = env.int("CHAT_FRAME_BURST", default=40)
API_REQUEST_RATE = env.float("API_REQUEST_RATE", default=20.0)
API_REQUEST_BURST = env.int("API_REQUEST_BURST", default=60)
REQUESTS_AT_ONCE = env.int("REQUESTS_AT_ONCE", default=4)
HOOKS_TO_PRIVATE_ADDRESSES = env.bool("HOOKS_TO_PRIVATE_ADDRESSES", default=False)
CHAT_SOCKETS_PER_USER = env.int("CHAT_SOCKETS_PER_USER", default=10)
CHAT_ROOMS_PER_USER = env.int("CHAT_ROOMS_PER_USER", default=50)
CHAT_RECONNECT_GRACE_SECONDS = env.int("CHAT_RECONNECT_GRACE_SECONDS", default=10)

# Rooms that people make close when their owner has been gone for so long, and are deleted so long after closing.
ROOM_GRACE_SECONDS = env.float("ROOM_GRACE_SECONDS", default=60.0)
ROOM_RETENTION_DAYS = env.float("ROOM_RETENTION_DAYS", default=30.0)

# --- Words and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "chatsite" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files and headers -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "common.http.static_files.HashedStaticFiles"},
}
SERVESTATIC_USE_MANIFEST = not DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# No form and no call needs more; our server answers longer requests with 413, before it has taken them in.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_BYTES", default=1024 * 1024)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^db/alive$", "^metrics$"]
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
# Load balancers ask these past the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^db/alive$", "^metrics$"]
# Whether the other names below the domain speak HTTPS, and for ever, is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
# From where the proxy speaks to us; what anybody else says of forwarded addresses is not believed.
PRIVATE_NETWORKS = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=PRIVATE_NETWORKS)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Those who watch over it -----------------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_ADDRESSES = env.list("METRICS_ADDRESSES", default=[])

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": FORMATS[LOG_FORMAT]}},
    "filters": {"faults": {"()": "common.logs.filters.OneLineFaults"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line", "filters": ["faults"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.channels.server": {"level": "WARNING"},
        # Refusals have their line already (`common.http.access_log`), and there without what an address may hold.
        "django.request": {"level": "ERROR"},
    },
}
