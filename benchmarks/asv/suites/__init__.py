"""Small benchmarks for asv; compare commits on one machine only."""
