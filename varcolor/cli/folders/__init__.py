"""The commands on folders: plans printed or done, and what is said of them."""
