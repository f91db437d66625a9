"""Who acts: the Faust apps, their tables and commits, the dispatcher, the demo and the command line."""
