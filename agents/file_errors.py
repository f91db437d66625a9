"""Files that cannot be used, in a sentence: what is wrong with which."""

from pathlib import Path


class BrokenFile(Exception):
    """A compressed file that cannot be read to its end; the text says which, and why."""

    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__(f"{path} is compressed, and broken: {error}")
        self.path = path


def why_not_read(path: Path, error: OSError) -> str:
    """Why the file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}"
    return _why_not(path, error, "read")


def why_not_written(path: Path, error: OSError) -> str:
    """Why the file cannot be written, or made."""
    if isinstance(error, FileNotFoundError):
        return f"there is no directory {path.parent}"
    return _why_not(path, error, "written")


def _why_not(path: Path, error: OSError, used: str) -> str:
    if isinstance(error, IsADirectoryError):
        return f"{path} is a directory, and has to be a file"
    if isinstance(error, NotADirectoryError):
        return f"{path.parent} is no directory"
    return f"{path} may not be {used}: {(error.strerror or str(error)).lower()}"
