"""The model: codec, text tower, UNet and sampler. Knows nothing of the instrument, nor of how it was trained."""
