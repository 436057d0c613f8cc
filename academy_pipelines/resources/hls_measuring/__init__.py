"""Measures HLS packages and their sources with PyAV: a program of its own, so that hostile media can only end it.

`python -m academy_pipelines.resources.hls_measuring REQUEST FACTS` reads a request from one file and writes facts to
another; each line of its standard output says how far it is. `resources/hls_reader.py` starts it, watches it and
believes nothing but its facts.
"""
