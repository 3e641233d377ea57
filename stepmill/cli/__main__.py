"""`python -m stepmill.cli`: the same as the `stepmill` command."""

import sys

from stepmill.cli import main

sys.exit(main())
