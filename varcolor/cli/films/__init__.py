"""The command for films, and what it does with folders of them."""
