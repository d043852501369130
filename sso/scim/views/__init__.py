"""SCIM's doors: its own media type, envelope and log; the rules are in `sso.services.directory`."""
