"""All that the demo's shoppers do, by name."""

from agents.demo.customers import CUSTOMERS
from agents.demo.visits import VISITS

BEHAVIOURS = VISITS | CUSTOMERS
