"""Wrong notes on paper: one HTML page that needs nothing else, and the same page as a PDF."""
