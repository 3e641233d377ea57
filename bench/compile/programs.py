"""The programs that the compile bench measures, and the SDK's environment."""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
SDK_ENVIRONMENT = Path("build/bench/sdk")
# sagemaker 3 and setuptools 81 each break the SDK's import.
SDK_REQUIREMENTS = ["stepfunctions==2.3.0", "sagemaker<3", "setuptools<81"]
PLAIN = """\
import json
from pathlib import Path

from machines import DEFINITIONS, PICTURES

for name, definition in DEFINITIONS.items():
    Path(name).write_text(json.dumps(definition, indent=2, ensure_ascii=False) + "\\n", encoding="utf-8")
for name, text in PICTURES.items():
    Path(name).write_text(text, encoding="utf-8")
"""


def stepmill(sources: Path, root: Path) -> list[str]:
    """`stepmill compile` over a copy of the machine files."""
    shutil.copytree(sources, root / "statemachines", ignore=shutil.ignore_patterns("__pycache__", "compiled"))
    script = Path(sys.executable).with_name("stepmill")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "stepmill.cli"]
    return [*start, "compile", "--root", str(root)]


def plain(compiled: Path, folder: Path) -> list[str]:
    """A program that only writes the same files: their contents in an imported module, and json.dumps."""
    folder.mkdir()
    texts = {path.name: path.read_text("utf-8") for path in sorted(compiled.iterdir())}
    definitions = {name: json.loads(text) for name, text in texts.items() if name.endswith(".json")}
    pictures = {name: text for name, text in texts.items() if name.endswith(".mmd")}
    (folder / "machines.py").write_text(f"DEFINITIONS = {definitions!r}\nPICTURES = {pictures!r}\n", "utf-8")
    (folder / "plain.py").write_text(PLAIN)
    return [sys.executable, "plain.py"]


def sdk(file: Path) -> list[str] | None:
    """The SDK imported the ordinary way, in an environment made once; None when that cannot be made."""
    python = SDK_ENVIRONMENT.resolve() / "bin" / "python"
    ready = SDK_ENVIRONMENT / "ready"
    if not ready.exists():
        print(f"making {SDK_ENVIRONMENT} with {', '.join(SDK_REQUIREMENTS)} ...", flush=True)
        venv.create(SDK_ENVIRONMENT, with_pip=True, clear=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            *SDK_REQUIREMENTS,
        ]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"left out: the SDK cannot be installed: {done.stderr.strip().splitlines()[-1]}")
            return None
        ready.touch()
    return [str(python), str(HERE / "sdk_program.py"), str(file)]
