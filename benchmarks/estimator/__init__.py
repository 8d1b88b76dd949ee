"""Whether the multigrid solver stops where it says: its estimate against direct solutions."""
