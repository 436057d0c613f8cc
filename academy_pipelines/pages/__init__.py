"""What a file holds, page by page: one picture, a TIFF or a PDF of many. Pure: bytes in, grey pages out.

`file` tells what a file is by its content; `pdf`, `tiff` and `heic` know one kind each, and all give a `page`.
"""
