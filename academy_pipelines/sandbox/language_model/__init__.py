"""A language model's HTTP API on this machine: the protocol is real, the answers follow rules.

Whoever speaks to OpenAI, or to a server compatible with it, can be pointed here by `OPENAI_BASE_URL`. What it is asked
is kept, and what it answers can be scripted call by call.
"""
