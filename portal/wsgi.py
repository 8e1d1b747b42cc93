"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
# What was loaded stays until the end: looking through it for garbage, at each few pages, is a
# twentieth of their time.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
