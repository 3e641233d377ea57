"""Where the layer with the jobs lies: /opt on AWS, a folder of its own in the embedded cloud.

Lambda puts a layer's `python/` on the path, so a module in it knows the place.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
