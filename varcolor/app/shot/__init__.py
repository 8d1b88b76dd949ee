"""A film on the page: its frames one by one, their paintings as keys, the shot coloured small."""
