"""Who may come in, and as what: users, organizations, memberships, invitations, sessions, roles.

Floor 1: knows `audit` and the kernel. Public: `services`, `selectors`, `roles`, `authentication`.
"""
