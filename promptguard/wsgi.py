"""The control plane's entry for WSGI servers: `gunicorn promptguard.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from promptguard.core.checks import refuse_unsound_settings
from promptguard.core.chunked import AcceptChunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptguard.settings")
application = AcceptChunked(get_wsgi_application())
refuse_unsound_settings()
