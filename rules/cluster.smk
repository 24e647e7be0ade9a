# Where steps run. On one machine all of them run here; on a cluster, those that ask or train are its jobs, and those that
# compute run beside Snakemake: they take seconds, and a job of its own costs each of them 7 to 45.

import shlex

from snakemake.exceptions import WorkflowError


# `gpu_job` counts the jobs with vLLM and the trainings on this machine (profiles/default), `local_job` what runs beside
# Snakemake (profiles/slurm). A cluster's jobs are not counted: its scheduler decides.
resource_scopes:
    gpu_job="local",
    local_job="local",


JOBS = {rule.name for rule in workflow.rules if {"gpu", "api"} & rule.resources.keys()} | {"count_tokens"}
if os.environ.get("LONGHAND_LOCAL") != "0":  # 0: everything is a job of the cluster
    workflow.localrules(*(rule.name for rule in workflow.rules if rule.name not in JOBS))


def submit_patiently(workflow):
    """Puts the profile's sbatch before Slurm's own, for the plugin finds it by PATH."""
    if not workflow.local_exec:
        if shlex.quote(sys.executable) != sys.executable:  # the plugin puts it into a command as it is
            what = f"jobs of a cluster cannot start a Python whose path has a space: {sys.executable}"
            raise WorkflowError(f"error: {what}; fix: move the checkout, or make .venv elsewhere")
        os.environ["PATH"] = f"{workflow.basedir}/profiles/slurm/bin:{os.environ['PATH']}"
