"""The chaos run: real processes on real Apache Kafka, broken on purpose by seed, and a verdict on every promise.

`make chaos-short` takes three minutes, `make chaos` an hour (`SEED=`, `MINUTES=`). Three brokers (three copies, two in
sync), three workers with all stream roles, two dispatchers, twenty scripted destinations, one generator. Some members
are static and some are not; one worker reaches the brokers through a proxy, one worker and one dispatcher have a clock
that can be set wrong.

How the parts play together:
- `households` tell what shoppers do, by seed; `generator` plays them in real time and keeps a ledger of what Kafka
  acknowledged. An event gets its time when it is handed to Kafka, so an outage makes a burst and not a flood of late
  records: with true times the purchases of an outage would be late by its length, and L would have to be that long.
  Late orders, opt-outs and garbage are plots of their own.
- `plan`, `schedule`, `faults` say what is broken when; `supervisor` restarts what dies and remembers how it ended.
- `run` does it all; `recompute` folds the same log with a fresh app that nobody disturbs; `readback` reads the topics.
- `judge` looks at nothing but the run folder (`evidence`), so a verdict can be had again: `python -m tests.chaos judge
  --folder F`. What is strict, what is late and what is a visible duplicate is said there.

The run folder keeps logs, ledger, calls, samples, the read-back topics, verdict.txt, verdict.json and timeline.svg.
"""
