"""Run a job's main, the module that PEAK_OF names, and print the most bytes of memory that it held.

Not ru_maxrss where there is better: a child's begins at what its parent held when it started it.
Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmHWM)
"""

import importlib
import os
import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    if STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        assert found is not None
        return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    code = importlib.import_module(os.environ["PEAK_OF"]).main(sys.argv[1:])
    print(peak_bytes())
    sys.exit(code)
