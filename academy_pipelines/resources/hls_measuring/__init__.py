"""Measures HLS packages and their sources with PyAV: a program of its own, so that hostile media can only end it.

`python -m academy_pipelines.resources.hls_measuring` reads a request from its standard input and writes facts to its
standard output. `resources/hls_reader.py` starts it, watches it and believes nothing but its facts.
"""
