"""What a line is that is no record, by its looks: files are given that are CSV, or JSON, but not one object a line."""

import re

ONE_A_LINE = "has to be JSON Lines, one object a line"
OF_A_LIST = f"the file {ONE_A_LINE}, as `jq -c '.[]'` writes those of a list"

LOOKS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(looks, re.DOTALL), said)
    for looks, said in (
        (rb"<.*", f"the file looks like HTML or XML, and {ONE_A_LINE}"),
        (rb"\{\s*'.*", "names stand in ', as Python writes them; JSON has \" around them"),
        (
            rb'[{}\[\]]\s*,?|"[^"]*"\s*:.*',
            f"the line is a part of a record; the file {ONE_A_LINE}, as `jq -c .` has it",
        ),
        (rb"\[.*", f"the line is a list; {OF_A_LIST}"),
        (rb"\{.*,", f"the line ends with a comma; {OF_A_LIST}"),
        (rb"\{.*\}\s*\{.*", f"the line has several records; the file {ONE_A_LINE}, as `jq -c .` writes them"),
        (rb'".*', "the line is a text; if a record stands in it, `jq -c fromjson` takes it out"),
        (rb"\w[^{]*\{.*", f"something stands in front of the record; the file {ONE_A_LINE}"),
        (rb"\w[^{]*[,;\t].*", f"the file looks like CSV, and {ONE_A_LINE}"),
    )
)
"""The first that a line looks like is what is said of it. Of a list most of its records are all right."""


def seen_as(line: bytes) -> str | None:
    """What the line is, and how to mend the file; None of one that looks like no mistake that is known."""
    return next((said for looks, said in LOOKS if looks.fullmatch(line)), None)
