"""Shapes of the dashboard's account and organization doors, in and out."""
