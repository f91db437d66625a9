"""How a process is set up."""
