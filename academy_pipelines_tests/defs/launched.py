"""Jobs that tests hand to a run launcher; loaded from this file by the process that executes them."""

import os
import time

import dagster as dg


@dg.op(config_schema={"seconds": float})
def tell_pid(context: dg.OpExecutionContext) -> None:
    context.instance.add_run_tags(context.run_id, {"pid": str(os.getpid())})
    time.sleep(context.op_config["seconds"])


@dg.job(executor_def=dg.in_process_executor)
def wait() -> None:
    tell_pid()
