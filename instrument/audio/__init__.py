"""The audio process: from loops in shared memory to the sound card, block by block."""
