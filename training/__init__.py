"""Training and measuring: the corpus, the nets, what judges them, and what prepares anybody's music."""
