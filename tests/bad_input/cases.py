"""The corpus: every kind of bad or odd record, and the one outcome that it ends in."""

from tests.bad_input.case import Case
from tests.bad_input.cases_of_bytes import BYTES
from tests.bad_input.cases_of_fields import FIELDS
from tests.bad_input.cases_of_products import PRODUCTS

CASES: list[Case] = [*BYTES, *FIELDS, *PRODUCTS]
