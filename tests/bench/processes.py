"""CPU seconds of other processes, as the operating system counts them."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from agents.core import core

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time that the process has used so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine() -> str:
    """What the figures were measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("faust-streaming", "aiokafka", "pydantic", "orjson"))
    return f"{os.cpu_count()} cores, {model}; Python {platform.python_version()}; {packages}; core {core()}"
