"""The settings of a process: from the environment or a YAML file, checked before anything starts."""
