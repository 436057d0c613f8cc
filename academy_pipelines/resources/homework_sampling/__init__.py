"""Looks at some pictures of a homework video: a program of its own, because it decodes hostile files.

`__main__` takes a file with a request and writes an answer and a picture; `sampling` decodes, `clip` reads packets.
"""
