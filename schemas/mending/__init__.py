"""What becomes of a wrong detail of a record: it is dropped, rounded or cut, and counted by its name."""
