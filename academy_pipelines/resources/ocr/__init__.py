"""Engines that read a page's picture."""
