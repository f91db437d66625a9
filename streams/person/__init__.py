"""The numbers of a person: how often and how regularly somebody buys, whether that goes on, and what is at stake."""
