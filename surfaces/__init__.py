"""Surfaces for other programs, made from the table of parameters: a Max package and an Open Stage Control session."""
