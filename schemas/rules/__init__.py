"""What a rulebook may say, a section a file, and in which words it is told what is wrong with it."""
