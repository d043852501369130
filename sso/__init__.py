"""Single sign-on and directory sync: each organization connects its own OpenID provider and SCIM directory.

Floor 4, imported by nobody. An identity provider is a customer's, hence possibly an attacker's: whatever it says
is true for its own organization only. Public: `services`, `selectors`; `receivers` closes the other doors.
"""
