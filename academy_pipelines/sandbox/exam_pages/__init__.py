"""Korean exam papers drawn from a seed, with the truth about every line, question, passage and choice on them.

`documents.exam_document(seed)` draws a paper as a PDF with a text layer; `pictures` shows its pages as a scanner would.
"""
