"""How good a coloured picture is."""
