"""The corpus that the default model is trained on: synthesised house and techno loops whose truth is known."""

from training.corpus.loops import render, render_layers
from training.corpus.truth import Truth

__all__ = ["Truth", "render", "render_layers"]
