"""What an auditor asks for, gathered from live facts: a signed JSON document, and the same on paper."""
