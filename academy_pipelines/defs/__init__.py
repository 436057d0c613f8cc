"""Everything Dagster: assets, jobs, sensors, retries. Decisions about sheets belong into the rooms.

No module here uses `from __future__ import annotations`: Dagster reads the annotations of ops.
"""
