"""The engine's speed, threads and memory: `python -m bench.engine`."""
