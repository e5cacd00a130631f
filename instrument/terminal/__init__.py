"""The full-screen view: the page's state and keys, in a terminal."""
