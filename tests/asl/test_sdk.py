"""How the SDK's core states are imported."""

import importlib.metadata
import subprocess
import sys

import stepfunctions.steps.states as sdk_states

from stepmill import asl


def _fresh(program: str) -> str:
    """The output of a program in a new interpreter that treats every warning as an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_is_written_for_version_2_3_0_of_the_sdk() -> None:
    assert importlib.metadata.version("stepfunctions") == "2.3.0"


def test_imports_neither_sagemaker_nor_boto3_nor_pydantic() -> None:
    program = """
import sys, stepmill.asl
heavy = ("sagemaker", "boto3", "botocore", "pydantic", "pkg_resources", "numpy", "inspect_models")
print([name for name in heavy if name in sys.modules])
"""
    assert _fresh(program) == "[]"


def test_leaves_the_root_logger_as_it_was() -> None:
    program = """
import logging
logging.getLogger().setLevel(logging.DEBUG)
import stepmill.asl
print(logging.getLogger().level, logging.getLogger().handlers, logging.getLogger("stepfunctions").handlers)
"""
    assert _fresh(program) == "10 [] []"


def test_imports_without_the_syntax_warning_of_a_comparison_with_is(tmp_path: object) -> None:
    # A cache folder of its own makes Python compile the SDK's files anew, which is when it warns.
    program = f"""
import sys
sys.pycache_prefix = {str(tmp_path)!r}
import stepmill.asl
print("imported")
"""
    assert _fresh(program) == "imported"


def test_names_the_package_that_is_missing() -> None:
    program = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "stepfunctions" else found(name)
try:
    import stepmill.asl
except ImportError as error:
    print(error)
"""
    assert (
        _fresh(program) == "stepmill.asl: the package stepfunctions is missing; install stepfunctions==2.3.0"
    )


def test_keeps_the_sdk_that_is_already_imported_the_ordinary_way() -> None:
    program = """
import sys, types, importlib.util
real = types.ModuleType("stepfunctions")
real.__path__ = importlib.util.find_spec("stepfunctions").submodule_search_locations
steps = types.ModuleType("stepfunctions.steps")
steps.__path__ = [real.__path__[0] + "/steps"]
sys.modules.update({"stepfunctions": real, "stepfunctions.steps": steps})
import stepmill.asl
print(sys.modules["stepfunctions"] is real)
"""
    assert _fresh(program) == "True"


def test_states_are_the_sdks_own_classes_extended() -> None:
    names = [
        "Pass",
        "Succeed",
        "Fail",
        "Wait",
        "Task",
        "Choice",
        "Parallel",
        "Map",
        "Retry",
        "Catch",
        "Graph",
    ]
    assert [name for name in names if not issubclass(getattr(asl, name), getattr(sdk_states, name))] == []
