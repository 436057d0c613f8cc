"""The neighbours: one thin typed module each, none of which needs Dagster or reads the environment.

A gateway maps every exception of its library to `academy_pipelines.errors`. What it must promise is written
once as a test suite that both its fake and the real thing pass.
"""
