"""How well films are coloured from one key, beside frames alone, copying by flow, and others."""
