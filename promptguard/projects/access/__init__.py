"""Who may use a project through the guard: lists of addresses, end users and countries (contract, section 2)."""
