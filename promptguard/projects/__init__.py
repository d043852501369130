"""What a tenant configures: projects, and the keys that applications use.

Floor 3. Public: `services`, `selectors`, `authentication`, `developer.DeveloperView`.
"""
