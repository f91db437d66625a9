"""Who acts: the Faust apps, their state and commits, the dispatcher, the demo and the command line."""
