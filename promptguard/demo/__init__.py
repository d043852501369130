"""Demo data for `make run`: two tenants, their people, and two weeks of traffic through the real guard.

Floor 6: it calls the services of every room, and no room knows it. Nothing here runs in production.
"""
