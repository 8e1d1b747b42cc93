"""All settings, read from the environment. Each variable is described in docs/operator/settings.md.

Without any variable this is the demonstration, served to its own machine only. Production
(`GUICHET_ENV=production`) refuses to start with an unsafe value: see portal/safety.py.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal.accounts.identity_providers import ProviderIncomplete, providers_from
from portal.local_secret import local_secret
from portal.safety import unsafe_settings
from portal.schedule import beat_schedule
from portal.servers.places import CHECKOUT, Places

env = environ.Env()
BASE_DIR = CHECKOUT
PLACES = Places.from_environment()

# --- which kind of copy this is ---------------------------------------------------------------

GUICHET_ENV = env.str("GUICHET_ENV", default="demonstration")
PRODUCTION = GUICHET_ENV == "production"
DEMONSTRATION = GUICHET_ENV == "demonstration"
DEBUG = env.bool("DEBUG", default=False)
GUICHET_DATA = PLACES.data

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and not PRODUCTION:
    SECRET_KEY = local_secret(PLACES.keys / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
# The health data access body that the catalogue names (Regulation (EU) 2025/327, article 55); none
# is named unless the operator does.
HDAB_NAME = env.str("HDAB_NAME", default="")
HDAB_PAGE = env.str("HDAB_PAGE", default="")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- the house --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.accounts",
    "governance",
    "catalog",
    "projects",
    "portal.api",
    "portal",
    "portal.notices",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "guardian",
]

MIDDLEWARE = [
    "portal.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.LanguageByAddress",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.SecondFactorMiddleware",
    "portal.middleware.ActsHavePages",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "portal.context.menu",
            ],
        },
    }
]

# --- database ---------------------------------------------------------------------------------
# Two roles: the owner migrates, the application has what portal/grants.py gives it.

_application = env.str("DATABASE_URL", default=PLACES.database_url("guichet_app"))
_owner = env.str(
    "DATABASE_OWNER_URL",
    default=_application if "DATABASE_URL" in env.ENVIRON else PLACES.database_url("guichet_owner"),
)


def _database(url: str) -> dict:
    """Django's form of a database's address; a socket's folder is percent-encoded as the host."""
    found = env.db_url_config(url)
    return {**found, "HOST": unquote(found["HOST"])}


DATABASE_APPLICATION_ROLE = _database(_application)["USER"]
_as_owner = env.str("GUICHET_DATABASE_AS", default="application") == "owner"
DATABASES = {
    "default": {
        **_database(_owner if _as_owner else _application),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("DATABASE_CONNECTION_SECONDS", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
if _as_owner:
    # A migration that cannot get its lock gives up instead of making every page wait behind it.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=5s"

# --- Redis: broker in database 0, cache in database 1 -----------------------------------------

REDIS_URL = env.str("REDIS_URL", default=PLACES.redis_url)
REDIS_PREFIX = env.str("REDIS_PREFIX", default="")
"""Put before every key; test processes sharing a server each have their own."""


def _redis_database(number: int, *, broker: bool) -> str:
    """REDIS_URL with a database number, in the form the cache or Celery wants."""
    parts = urlsplit(REDIS_URL)
    if parts.scheme == "unix":
        return (
            f"redis+socket://{parts.path}?virtual_host={number}"
            if broker
            else f"unix://{parts.path}?db={number}"
        )
    return parts._replace(path=f"/{number}").geturl()


CACHES = {
    "default": {
        "BACKEND": "portal.cache.RedisCache",
        "LOCATION": _redis_database(1, broker=False),
        "KEY_PREFIX": f"{REDIS_PREFIX}cache",
        "TIMEOUT": 300,
    }
}

CELERY_BROKER_URL = env.str("BROKER_URL", default=_redis_database(0, broker=True))
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": REDIS_PREFIX,
    "visibility_timeout": 3600,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The outbox sends again: a page must not wait for a broker that is away.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_DEFAULT_QUEUE = "portal"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE = beat_schedule()
CELERY_BEAT_SCHEDULE_FILENAME = str(PLACES.data / "beat-schedule")

# --- language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("en", _("Anglais"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# --- files ------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = PLACES.data / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# In tests pages are rendered without collectstatic having run.
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _PLAIN if DEBUG or GUICHET_ENV == "test" else _MANIFEST},
}
WHITENOISE_USE_FINDERS = DEBUG or GUICHET_ENV == "test"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS  # a file is looked for when it is asked
# Attachments and documents: outside the web root, served through a permission check only.
ATTACHMENTS_ROOT = Path(env.str("ATTACHMENTS_ROOT", default=str(PLACES.attachments)))
FILE_SCANNER = env.str("FILE_SCANNER", default="")
AIRLOCK_WORKING_DAYS = env.int("AIRLOCK_WORKING_DAYS", default=5)
AIRLOCK_KEPT_MONTHS = env.int("AIRLOCK_KEPT_MONTHS", default=18)
MEDIA_ROOT = ATTACHMENTS_ROOT
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- allauth (kept by accounts) ---
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "portal.accounts.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Amount / period / by what. A key is the account tried, whatever the address it is tried from.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "login": "60/m/ip", "signup": "20/h/ip"}
if env.bool("BEHIND_PROXY", default=False):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SOCIALACCOUNT_ADAPTER = "portal.accounts.adapters.SocialAccountAdapter"
try:
    SOCIALACCOUNT_PROVIDERS = providers_from(env.ENVIRON)
except ProviderIncomplete as incomplete:
    raise ImproperlyConfigured(str(incomplete)) from None
MFA_ADAPTER = "portal.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "add_webauthn": "portal.accounts.security_keys.AddKeyForm",
    "edit_webauthn": "portal.accounts.security_keys.EditKeyForm",
}
# --- end of allauth ---

# --- ledger and orders ------------------------------------------------------------------------

LEDGER_ORIGIN = env.str("LEDGER_ORIGIN", default="guichet.localhost/registre")
LEDGER_KEY = env.str("LEDGER_KEY", default="")
LEDGER_KEY_FILE = env.str(
    "LEDGER_KEY_FILE", default="" if PRODUCTION else str(PLACES.keys / "ledger.key")
)
LEDGER_CHECKPOINT_FILE = env.str("LEDGER_CHECKPOINT_FILE", default=str(PLACES.ledger_checkpoint))
ORDER_KEY_FILE = env.str("ORDER_KEY_FILE", default=str(PLACES.keys / "order.key"))
SITES_ROOT = Path(env.str("SITES_ROOT", default=str(PLACES.sites)))

# --- API: calls let in each minute -------------------------------------------------------------

API_CALLS_A_MINUTE_BY_TOKEN = env.int("API_CALLS_A_MINUTE_BY_TOKEN", default=300)
API_CALLS_A_MINUTE_BY_ADDRESS = env.int("API_CALLS_A_MINUTE_BY_ADDRESS", default=1200)

# --- mail -------------------------------------------------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = PLACES.data / "mail"
if "EMAIL_URL" in env.ENVIRON:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="guichet@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- what an operator watches -----------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
ERASURE_LOG = Path(env.str("ERASURE_LOG", default=str(PLACES.erasures)))

# --- security ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    # The prefix makes a browser refuse these cookies from another host or without TLS.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- logs: one JSON object a line, on standard output -----------------------------------------

_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stream"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers would write each line twice.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}

# --- refuse what is unsafe --------------------------------------------------------------------

if _unsafe := unsafe_settings(
    environment=GUICHET_ENV,
    debug=DEBUG,
    secret_key=SECRET_KEY,
    allowed_hosts=ALLOWED_HOSTS,
    site_url=SITE_URL,
    database_url_given="DATABASE_URL" in env.ENVIRON and "DATABASE_OWNER_URL" in env.ENVIRON,
    redis_url_given="REDIS_URL" in env.ENVIRON,
    ledger_key_given=bool(LEDGER_KEY or LEDGER_KEY_FILE),
):
    raise ImproperlyConfigured("Refused settings:\n" + "\n".join(f"- {line}" for line in _unsafe))
