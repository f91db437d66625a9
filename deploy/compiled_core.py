"""Compiles the pure core to machine code when a wheel is built, by mypyc: the same source, no second one.

A hook of hatchling, off unless asked for: `HATCH_BUILD_HOOK_ENABLE_CUSTOM=true pip wheel .`, with a C compiler. What is
not listed here stays as it is: pydantic and msgspec read the annotations of wire models and state at run time, which a
compiled class has not; and the grammar of conditions derives from a library's class.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEFT = {Path("streams/triggers/conditions/grammar.py")}
BESIDES = [
    Path("schemas", f"{name}.py")
    for name in (
        *("events/plain_clicks", "ids", "reading/plain_reading", "reading/second_look", "reading/wire"),
        "state/profile",
    )
]
"""Of `streams` all but the former are compiled, of `schemas` the latter."""

LEVEL = "AFTERCLICK_CORE_LEVEL"
"""The environment variable that says how far the C compiler optimises, 0 to 3; what is released has 3."""

SETUP = """
from mypyc.build import mypycify
from setuptools import setup

setup(name="core", packages=[], ext_modules=mypycify({arguments!r}, opt_level={level!r}, multi_file=True))
"""
MYPY = """
[mypy]
plugins = pydantic.mypy
explicit_package_bases = True

[mypy-re2]
ignore_missing_imports = True
"""


class CompiledCore(BuildHookInterface[Any]):
    """Puts the compiled modules into the wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in a copy: a compiled module in the tree would be imported instead of an edited source."""
        self._copy = tempfile.TemporaryDirectory(prefix="afterclick-core-")  # gone at the end, also of a failure
        root, place = Path(self.root), Path(self._copy.name)
        for package in ("schemas", "streams"):
            shutil.copytree(root / package, place / package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        compile_core(place)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for built in place.rglob("*.so"):
            if "build" not in built.relative_to(place).parts:
                build_data["force_include"][str(built)] = str(built.relative_to(place))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written."""
        self._copy.cleanup()


def compile_core(place: Path) -> None:
    """Compile the packages in `place`, beside their sources. Raises CalledProcessError; why is on standard error."""
    modules = [path.relative_to(place) for path in (place / "streams").rglob("*.py")]
    wanted = sorted(str(path) for path in (*modules, *BESIDES) if path not in LEFT)
    (place / "mypy.ini").write_text(MYPY)
    (place / "setup.py").write_text(SETUP.format(arguments=wanted, level=os.environ.get(LEVEL, "3")))
    subprocess.run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=place, check=True)
