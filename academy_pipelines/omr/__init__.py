"""Answer sheets: what is printed on them, where it lies in a picture, and what was marked.

Pure: pictures and templates in, readings out. Nothing here knows files, HTTP or Dagster.
"""
