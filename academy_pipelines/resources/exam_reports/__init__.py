"""What an exam says about its students and its questions: one HTML page that needs nothing else, and CSV files."""
