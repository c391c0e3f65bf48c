"""The commands beside study and probe."""
