"""The guard's doors, one module for each subject."""
