"""Benchmarks: `./guichet bench NAME`, JSON on standard output."""
