"""What higher floors may want to know about tenants and members. Sent inside the transaction of the change.

A receiver that raises undoes the change: a personal organization without its project would be half a tenant.
"""

from django.dispatch import Signal

# organization: Organization, caller: its owner acting in it.
organization_created = Signal()
# user_id: who went; keys: "revoke" or "transfer"; heir_id: who takes the keys over; caller: who did it.
member_removed = Signal()
