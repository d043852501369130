"""PromptGuard: the wiring, the shared kernel (`core`) and the product (`projects`, `guard`, ...)."""
