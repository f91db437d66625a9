"""How a record's bytes become one of the models, or a refusal."""
