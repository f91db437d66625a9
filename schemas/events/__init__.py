"""What shops and their customers say: clicks, orders, engagements, the catalogue."""
