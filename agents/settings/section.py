"""What groups of settings have in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of settings: unknown names are refused, since a typo would be silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
