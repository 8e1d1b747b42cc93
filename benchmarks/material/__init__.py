"""What the benchmarks stand on: the demonstration, a long history, a web server."""
