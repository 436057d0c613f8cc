"""Where the problems' vectors are kept and searched: a file, or PostgreSQL with pgvector."""
