"""What is made of records that the contract does not take as they stand, field by field."""
