"""Recorded orders into what a shop's customers are like: quintiles, four parameters, and the segments that follow."""
