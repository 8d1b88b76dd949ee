"""The codec: a colour photo as a grey picture and a few hundred bytes of colour (FORMAT.md)."""
