"""The hot path: decides on prompts and completions, and stores each decision as an Interaction.

Floor 4. Public: `services.screen`, `services.redact`, `selectors.interactions`, and `engine` (plain Python).
"""
