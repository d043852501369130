"""The chain: every change and every guard decision, sealed so that an outsider can verify it.

Floor 0.5: imports only `promptguard.core`; rows hold plain UUIDs and no foreign keys, so the trail outlives
people and organizations alike. Public: `services.record`, `services.record_interaction`, `services.await_seal`,
`actions.Action`, `selectors`, and `promptguard_verify.py`, which an auditor runs without any of this.
"""
