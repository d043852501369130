"""The operators' page about allow-lists; `manage.py clear_allowed_networks` empties one."""

from django.contrib import admin

from organizations.networks.models import AllowedNetwork
from promptguard.core.admin import OperatorAdmin


@admin.register(AllowedNetwork)
class AllowedNetworkAdmin(OperatorAdmin):
    list_display = ("cidr", "organization", "label", "created_at")
    search_fields = ("cidr", "label", "organization__slug")
