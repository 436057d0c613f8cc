"""A local academy: the back end's side of the wire, with leases, faults on request and a page for a person.

`server` puts it together and runs it, also inside tests (`running_sandbox`). `worker_api` and `video_api`
are the contract, `control_api` is what a real back end does not have. `store` remembers everything:
`jobs`, `videos`, `files`. `faults` misbehaves. `pages`, `views`, `pictures` and `templates/` show it.
"""
