"""The commands of `afterclick`, a file each; `agents.cli` puts them together."""
