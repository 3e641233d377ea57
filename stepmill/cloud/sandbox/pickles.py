"""Tell pickles, which run code when loaded, from other files: by name and by content."""

import pickletools
import zipfile
from pathlib import Path

NAMES = {".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".pt", ".pth", ".ckpt", ".p"}
LOOK_BYTES = 1 << 20
IMPORTS = {"GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}
CALLS = {"REDUCE", "BUILD", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"}


def find_pickle(folder: Path) -> str | None:
    """The name of the first file below `folder` that is a pickle or carries one, with the reason; None if
    there is none.
    """
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if reason := _why(path):
            return f"{path.relative_to(folder)} {reason}"
    return None


def _why(path: Path) -> str | None:
    if path.suffix.lower() in NAMES:
        return f"has a pickle's extension {path.suffix}"
    with path.open("rb") as file:
        head = file.read(LOOK_BYTES)
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.namelist()
        except zipfile.BadZipFile:
            return "is a broken zip archive"
        if any(Path(name).suffix.lower() in NAMES for name in members):
            return "is an archive with a pickle inside"
        return None
    return "is a pickle by content" if is_pickle(head) else None


def is_pickle(head: bytes) -> bool:
    """Protocol 2 and later by their first bytes; older ones by an import and a call in them."""
    if len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return True
    imports = calls = False
    try:
        for operation, _, _ in pickletools.genops(head):
            imports = imports or operation.name in IMPORTS
            calls = calls or operation.name in CALLS
            if imports and calls:
                return True
    except (ValueError, UnicodeDecodeError):
        return False  # text or another binary format; what was read until here did nothing
    return False
