"""TODO door of study.commands."""
