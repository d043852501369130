"""The control plane's entry for WSGI servers: `gunicorn promptguard.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")
application = get_wsgi_application()
