"""Engines that turn texts into vectors: a model on this machine, an endpoint, or pieces of words."""
