"""Where programs that are not ours run: a box that sees /opt/ml and nothing of the host (see `box` for its
limits).
"""
