"""Answer sheets, documents and lecture videos of a tutoring academy, from claimed job to posted result."""
