"""The dashboard's doors about accounts and organizations."""
