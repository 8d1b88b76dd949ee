"""Commands about networks: their weight files, and the colours that they suggest."""
