"""A tenant with one endpoint in whatever database the environment names; prints the organization's id."""

import sys

import django

django.setup()

from tests.people import found_acme  # noqa: E402
from tests.webhooks.receivers import an_endpoint  # noqa: E402

if __name__ == "__main__":
    acme = found_acme()
    an_endpoint(acme, sys.argv[1], event_types=["audit.queried"])
    sys.stdout.write(str(acme.organization.id))
