"""MIDI: controllers that come and go, each played by a map; their ports are in a process of their own."""
