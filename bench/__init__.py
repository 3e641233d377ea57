"""Figures as ratios of one run. What functions and jobs share is found where it is here, not in a layer."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "layers/common/python"))
