"""The audit stream, delivered: endpoints of the tenants, one delivery per event and endpoint, each attempt logged.

Floor 4, beside the guard and independent of it. `receivers` writes deliveries inside the transaction of the event,
`dispatch` sends them, `services` is what people do to endpoints, `catalogue` names every event type. Public:
`services.announce_usage` for billing; everything else happens by itself.
"""
