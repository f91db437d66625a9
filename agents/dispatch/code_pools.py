"""The shop's pools of codes: a file each, a code a line, which may grow while we run."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from streams.delivery.codes import dealt

CODES_MAX = 200_000
"""Codes of one pool. They are read and dealt out in some 0.2 s, in which nobody is called."""

CODE_CHARS_MAX = 64
COMMENT = "#"

log = structlog.get_logger(__name__)


class CodePools:
    """The pools of those files. Raises ValueError or OSError for one that cannot be read; the text holds no code."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)
        self._seen = {pool: _stamp(path) for pool, path in self._files.items()}
        self._codes = {pool: read_codes(path) for pool, path in self._files.items()}
        self._dealt: dict[str, list[list[str]]] = {}

    @property
    def names(self) -> list[str]:
        """The pools that there are."""
        return list(self._files)

    def of(self, partition: int, partitions: int) -> dict[str, list[str]]:
        """The codes of which that partition of triggers may choose, by pool."""
        for pool, codes in self._codes.items():
            if pool not in self._dealt:
                self._dealt[pool] = dealt(codes, partitions)
        return {pool: parts[partition] for pool, parts in self._dealt.items()}

    def renew(self) -> bool:
        """Read the files again that have changed; whether any has. One that cannot be read now leaves its pool as it
        was."""
        news = False
        for pool, path in self._files.items():
            try:
                stamp = _stamp(path)
                if stamp == self._seen[pool]:
                    continue
                self._seen[pool] = stamp
                self._codes[pool] = read_codes(path)
                self._dealt.pop(pool, None)
                news = True
            except (OSError, ValueError) as error:
                log.warning("the codes of a pool cannot be read; the last ones are kept", pool=pool, error=error)
        return news


def read_codes(path: Path) -> list[str]:
    """The codes of a file, in their order, each once: a line each, without blanks around it. Empty lines and those that
    begin with # are none; nor is a last line without its end, which somebody may be about to write. Raises ValueError
    or OSError; the text holds no code."""
    codes: dict[str, None] = {}
    *lines, _ = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        code = line.strip()
        if not code or code.startswith(COMMENT):
            continue
        if len(code) > CODE_CHARS_MAX or not code.isprintable() or " " in code:
            raise ValueError(
                f"line {number} of {path} is no code: a code has at most {CODE_CHARS_MAX} characters, and no blanks"
            )
        codes[code] = None
    if len(codes) > CODES_MAX:
        raise ValueError(f"{path} has more than {CODES_MAX} codes; make two pools of it")
    return list(codes)


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
