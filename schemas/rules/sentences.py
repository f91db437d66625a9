"""What is wrong with the form of a rulebook, as a sentence with its mend."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas.rules.kinds import Rule
from schemas.rules.rulebook import Rulebook

SECTIONS: Mapping[str, type[BaseModel]] = {
    get_args(section.model_fields["kind"].annotation)[0]: section for section in get_args(get_args(Rule)[0])
}
"""The sections of rules by their kinds."""

NEAR = 0.7
"""How like a name has to be to what is written to be taken for what was meant: `at` is not meant by `wait`."""

PERCENT = "percent"
"""The number that is said in hundredths; of all others 1 is the whole."""

Sentence = Callable[[ErrorDetails, str], str]


def sentence_of(mistake: ErrorDetails, written: str | None) -> str:
    """What is wrong, and what would mend it. `written` is the value as the text has it, None for what is no single
    one."""
    said = mistake["input"]
    text = _as_written(said) if written is None else written
    sentence = SENTENCES.get(mistake["type"])
    if sentence is not None:
        return sentence(mistake, text)
    own = mistake["msg"].removeprefix("Value error, ")
    is_other = not isinstance(said, str) and own.startswith(f"{said!r} ")
    return f"{text}{own.removeprefix(repr(said))}" if is_other else own


def _unknown_name(mistake: ErrorDetails, text: str) -> str:
    name, path = str(mistake["loc"][-1]), mistake["loc"][:-1]
    return f"there is no setting {name!r} here; {_mend(name, _names(_model_at(path)))}"


def _missing(mistake: ErrorDetails, text: str) -> str:
    return f"it is missing; write `{mistake['loc'][-1]}: …`"


def _unknown_kind(mistake: ErrorDetails, text: str) -> str:
    kind = mistake["ctx"]["tag"]
    return _no_kind(mistake, text) if kind == "None" else f"there is no kind {kind!r}; {_mend(kind, SECTIONS)}"


def _no_kind(mistake: ErrorDetails, text: str) -> str:
    return "a rule has a kind; write one, such as `kind: cart_abandonment`"


def _unknown_word(mistake: ErrorDetails, text: str) -> str:
    known = mistake["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    near = _nearest(text, known)
    return f"{text!r} is none of {', '.join(known)}" + (f"; did you mean {near!r}?" if near else "")


def _no_text(mistake: ErrorDetails, text: str) -> str:
    return "it is empty; write a text" if mistake["input"] is None else f"{text} is no text; write it in quotes"


def _no_id(mistake: ErrorDetails, text: str) -> str:
    return f"{text!r} cannot be an id; write small letters, digits, - and _, such as cart_1"


def _no_truth(mistake: ErrorDetails, text: str) -> str:
    return f"{text!r} is neither true nor false; write one of them"


def _no_whole_number(mistake: ErrorDetails, text: str) -> str:
    return f"{text!r} is no whole number; write one, such as 3"


def _no_number(mistake: ErrorDetails, text: str) -> str:
    number, sign, _ = text.partition("%")
    try:
        meant = float(number) / (1 if mistake["loc"][-1] == PERCENT else 100) if sign else None
    except ValueError:
        meant = None
    mend = "write one, such as 0.5" if meant is None else f"did you mean {meant:g}?"
    return f"{text!r} is no number; {mend}"


def _no_list(mistake: ErrorDetails, text: str) -> str:
    said = mistake["input"]
    if said is None:
        return "it is empty; write at least one"
    of = _required(mistake["loc"])
    if isinstance(said, Mapping) and not set(of) <= set(said):
        return f"{text} is no list; write [{_mapping_of(of)}]"
    return f"{text} is no list; write it in brackets: [{text}]"


def _no_mapping(mistake: ErrorDetails, text: str) -> str:
    said = "nothing" if mistake["input"] is None else text
    return f"{said} is no mapping; write {_mapping_of(_required(mistake['loc']))}"


def _no_names(mistake: ErrorDetails, text: str) -> str:
    return f"{text} is no mapping; write {_mapping_of(['<name>'])}"


def _required(path: Sequence[int | str]) -> list[str]:
    """What the section that stands there has to say; of one that has only to say something, the first of it."""
    is_rule = path[:1] == ("rules",) and len(path) < LEAST_OF_A_RULE
    model = None if is_rule else _model_at(path)
    return ["id", "kind"] if model is None else _names(model, required=True) or _names(model)[:1]


def _mapping_of(names: Iterable[str]) -> str:
    return f"{{{', '.join(f'{name}: …' for name in names)}}}"


def _empty(mistake: ErrorDetails, text: str) -> str:
    return "it is empty; write at least one"


def _many(mistake: ErrorDetails, text: str) -> str:
    return f"these are {mistake['ctx']['actual_length']}; write {mistake['ctx']['max_length']} at most"


def _bound(words: str, name: str) -> Sentence:
    def sentence(mistake: ErrorDetails, text: str) -> str:
        return f"{text} is too {words} {mistake['ctx'][name]:g}"

    return sentence


LEAST_OF_A_RULE = 3
"""Steps of the path to a rule's section: `rules`, its place, its kind."""

SENTENCES: Mapping[str, Sentence] = {
    "extra_forbidden": _unknown_name,
    "missing": _missing,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _no_kind,
    "literal_error": _unknown_word,
    "string_type": _no_text,
    "string_pattern_mismatch": _no_id,
    "string_too_short": _empty,
    "too_short": _empty,
    "too_long": _many,
    "greater_than": _bound("small; write more than", "gt"),
    "greater_than_equal": _bound("small; write at least", "ge"),
    "less_than": _bound("large; write less than", "lt"),
    "less_than_equal": _bound("large; write at most", "le"),
    **dict.fromkeys(("bool_type", "bool_parsing"), _no_truth),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _no_whole_number),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), _no_number),
    **dict.fromkeys(("tuple_type", "list_type"), _no_list),
    **dict.fromkeys(("model_type", "model_attributes_type"), _no_mapping),
    "dict_type": _no_names,
}
"""By what pydantic calls the mistake; of all others its own words are told."""


def _model_at(path: Sequence[int | str]) -> type[BaseModel] | None:
    """The section that stands there; None if that is not known."""
    if path[:1] == ("rules",) and len(path) >= LEAST_OF_A_RULE:
        model, path = SECTIONS.get(str(path[2])), path[LEAST_OF_A_RULE:]
    else:
        model = Rulebook
    for step in path:
        if isinstance(step, str) and model is not None:
            model = _section_in(_annotation(model, step)) or model  # a union's tag is on the path, too
    return model


def _annotation(model: type[BaseModel], name: str) -> Any:
    fields = model.model_fields
    return next((field.annotation for key, field in fields.items() if name in (key, field.alias)), None)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part)) is not None), None)


def _names(model: type[BaseModel] | None, *, required: bool = False) -> list[str]:
    fields = {} if model is None else model.model_fields
    return [field.alias or name for name, field in fields.items() if field.is_required() or not required]


CALLED: Mapping[str, str] = {
    **dict.fromkeys(("delay", "after", "timeout"), "wait"),
    **dict.fromkeys(("only_if", "when", "condition", "conditions", "filter", "filters"), "if"),
    **dict.fromkeys(("ttl", "expiry", "valid_for"), "expires_after"),
    **dict.fromkeys(("stop", "exit", "exit_on", "stop_if"), "stop_on"),
    **dict.fromkeys(("frequency", "throttle"), "cool_down"),
    **dict.fromkeys(("min_value", "min_total"), "min_cart_value"),
    "type": "kind",
    "template": "message",
    "timezone": "zone",
    "frequency_caps": "caps",
}
"""What others call settings."""


def _mend(said: str, known: Iterable[str]) -> str:
    names = sorted(known)
    called = CALLED.get(said.strip().lower())
    near = called if called in names else _nearest(said, names)
    if near is not None:
        return f"did you mean {near!r}?"
    return f"there are {', '.join(names)}" if names else "take it out"


def _nearest(said: str, known: Sequence[str]) -> str | None:
    """What was most likely meant: what is like it, else what it begins with, or begins."""
    plain = said.lower()
    near = get_close_matches(plain, known, n=1, cutoff=NEAR)
    begun = (name for name in known if plain.startswith(name) or (plain and name.startswith(plain)))
    return near[0] if near else next(begun, None) or _turned_round(plain, known)


def _turned_round(said: str, known: Sequence[str]) -> str | None:
    """What has the same words in another order: abandoned_cart is cart_abandonment."""
    ordered = {" ".join(sorted(name.split("_"))): name for name in known}
    near = get_close_matches(" ".join(sorted(said.split("_"))), ordered, n=1, cutoff=NEAR)
    return ordered[near[0]] if near and "_" in said else None


def _as_written(said: Any) -> str:
    """The value as a rulebook would have it."""
    if isinstance(said, Mapping):
        return f"{{{', '.join(f'{name}: {_as_written(value)}' for name, value in said.items())}}}"
    if isinstance(said, list | tuple):
        return f"[{', '.join(map(_as_written, said))}]"
    return str(said).lower() if isinstance(said, bool) else str(said)
