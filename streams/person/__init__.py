"""What is remembered of a person (cart, orders, consent, what was sent), and what follows from it in numbers."""
