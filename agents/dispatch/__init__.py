"""The dispatcher: consumes triggers, keeps the ledger, calls destinations, reports receipts."""
