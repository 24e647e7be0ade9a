# What is told at the start and the end of a run; called by the Snakefile's onstart, onsuccess and onerror.

import atexit
import threading
import uuid

from longhand.ask import lasting
from longhand.jobs import planned
from longhand.jobs.order import Order
from longhand.ask.endpoints import api_key
from longhand.ask.servers import server_key
from longhand.plan.stale import ASK_RULES
from longhand.run.watching import Watch, is_error, last_line
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# The name of this run. Its jobs inherit it, on other machines too, where the Snakefile is read again.
RUN = os.environ.setdefault(lasting.RUN, uuid.uuid4().hex)


def plan_orders(workflow):
    """Notes what this run will ask, for its jobs to ask ahead; the notes are removed when it ends."""
    jobs = list(workflow.dag.needrun_jobs())
    orders = {job: order_of(job) for job in filter(asks_a_model, jobs)}
    planned.write_orders(RUN, orders.values(), {str(path) for job in jobs for path in job.output})
    share_servers(workflow, orders)


def share_servers(workflow, orders):
    """Lets no more jobs run at a time than may have the same server up, so that none waits for it with a GPU in hand.

    Each job gets one resource for each of its servers. Named in the rules, all servers would be resources of all jobs.
    """
    numbers, limits = {}, {}
    for job, order in orders.items():
        servers = {}  # a job whose roles have one server asks for it once
        for _, serving in order.servings().values():
            if serving.backend == "vllm":
                number = numbers.setdefault(server_key(serving), len(numbers))
                servers[f"server_{number}"] = serving.servers
        for name, number in servers.items():
            limits[name] = max(limits.get(name, 1), number)
            job.add_aux_resource(name, 1)
    for name, number in limits.items():
        workflow.register_resource(name, number)
        workflow.scheduler.global_resources[name] = number  # else it is never taken away from what is available


def asks_a_model(job):
    return job.rule.name in ASK_RULES


def order_of(job):
    """What a job will be asked."""
    return Order.of_job(job.rule.name, job.wildcards, job.input, job.params, str(job.output[0]))


def asked_by(jobs):
    """How the models and judges are reached that these jobs ask, in all roles of their methods; each once."""
    servings = {}
    for order in map(order_of, filter(asks_a_model, jobs)):
        servings |= {(kind, serving.name): serving for kind, serving in order.servings().values()}
    return servings.values()


def require_keys(workflow):
    """Ends the run before its first job when a job that has to ask would find no API key, or have it shown."""
    for serving in asked_by(workflow.dag.needrun_jobs()):
        try:
            key = api_key(serving)
        except LonghandError as e:
            raise WorkflowError(f"error: {e}")
        if key and workflow.output_settings.verbose and not workflow.local_exec:
            raise WorkflowError("error: --verbose makes the cluster's logs show API keys; fix: leave it out")


def warn_of_keys():
    """A plan asks nothing, so that it only warns. Snakemake has no hook for plans: this is done as the process ends."""
    if workflow.dryrun and workflow.dag is not None:
        for serving in asked_by(filter(workflow.dag.needrun, workflow.dag.jobs)):  # its jobs count as finished by now
            try:
                api_key(serving)
            except LonghandError as e:
                print(f"warning: {e}", file=sys.stderr)


atexit.register(warn_of_keys)


COMPLETE = frozenset(
    {
        "generate_responses",
        "import_responses",
        "gather_responses",
        "judge_responses",
        "gather_judgements",
        "import_verdicts",
    }
)
"""Rules that complete a table of responses or judgements."""


def watch_jobs(workflow):
    """Says when a model's responses or judgements are complete; and how far jobs are, where no terminal shows their bars."""
    for handler in logger.handlers:
        handler.addFilter(is_error)

    def give_up(jobid):
        """A job that others have to finish for is not tried again by this run, whatever its `retries`."""
        for job in workflow.dag.jobs:
            if workflow.dag.jobid(job) == jobid:
                job.attempt = job.restart_times + 1

    watch = Watch(logger.info, COMPLETE, lambda outputs: planned.note_made(RUN, outputs), give_up)
    logger.addHandler(watch)
    bars = workflow.local_exec and sys.stderr.isatty()
    if not bars and os.environ.get("LONGHAND_PROGRESS") != "0":
        watch.tell_regularly()


def tell_results(jobs):
    """Prints the leaderboard and says where training data and the report are, if this run made them."""
    made = {job.rule.name for job in jobs}
    if "build_leaderboard" in made:
        from show_leaderboard import main as show_leaderboard

        metrics = [path for path in map(Path, METRIC_FILES) if path.exists()]
        beside = {"comparison": "comparison", "costs": "summary/costs", "paid": "summary/paid"}
        beside |= {"totals": "totals"} if TOTAL_FILES else {}
        tables = {name: Path(f"results/{place}.parquet") for name, place in beside.items()}
        there = {name: path for name, path in tables.items() if path.exists()}
        show_leaderboard(leaderboard=Path("results/leaderboard.parquet"), metrics=metrics, **there)
    for job in jobs:
        if job.rule.name == "certify_judges":
            print("Judges held against labels:", Path(job.log[0]).read_text(encoding="utf-8"), sep="\n")
    for_training = [job for job in jobs if job.rule.name in ("select_sft", "build_pairs")]
    for job in sorted(for_training, key=lambda job: job.output[0]):
        print(f"Data: {os.path.dirname(job.output[0])}/: {last_line(job.log[0], None)}", file=sys.stderr)
    if "export_pred" in made:
        for dataset in WITHOUT_QUALITY:
            why = "EvalScope's form has the dimensions of a rubric, and no judge of this dataset scores any"
            print(f"EvalScope: results/evalscope/{dataset}/ has no eval_quality.jsonl: {why}", file=sys.stderr)
    if "build_report" in made:
        print(f"Report: {os.path.abspath('results/report.html')}", file=sys.stderr)
    for job in jobs:
        if job.rule.name == "build_browse":
            page = os.path.abspath(job.output.page)
            print(f"Reader: {page} ({last_line(job.log[0], None)})", file=sys.stderr)


def tell_errors(failed):
    """The error lines of failed jobs once more, where they are seen: a long run has scrolled their logs away."""
    for job in failed:
        for path in job.log:
            if line := last_line(path, None):
                print(f"{job.rule.name}: {line} [{path}]", file=sys.stderr)


def end_at_once():
    """Stops the timers by which Snakemake looks every second for jobs to start: its end would wait for the last."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
