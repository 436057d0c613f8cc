"""Whether an HLS package will play, and shows what its source shows: rules over facts that a reader measured.

`layout` (what the playlists say, and the files) -> `facts` (what a reader measures) -> `check.find_faults`.
"""
