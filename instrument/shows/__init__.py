"""What is recorded: the sound, all that decided it, and how it is played again."""
