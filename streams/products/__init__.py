"""Products: what the catalogue says of them, who has looked at them and who waits for them."""
