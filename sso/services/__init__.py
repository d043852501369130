"""What can be done to connections, domains and directories; each change audited in its own transaction."""
