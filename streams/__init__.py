"""What it means: folds, watermarks, detectors and policy as functions of records and time.

Pure: no Kafka, HTTP, clock, randomness, logging or async. Time is an argument.
"""
