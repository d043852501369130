"""The kernel every other room stands on: caller, tenancy, permissions, views, errors, crypto.

Floor 0: imports no other app. Owns the durable job rows and the idempotency claims, nothing else.
"""
