"""Stencil operators: edge weights, products with the matrix, residuals."""
