"""Shapes at the guard's doors, one module for each subject."""
