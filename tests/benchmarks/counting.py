"""Work for the harness that says where and how often it runs."""

import os

import varcolor as vc


class Counting:
    """Work for a process: says where and how often it runs."""

    def __init__(self, start):
        self.runs = start

    def run(self):
        self.runs += 1
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        return {
            "seconds": 0.0,
            "runs": self.runs,
            "process": os.getpid(),
            "cores": cores,
            "OMP": os.environ["OMP_NUM_THREADS"],
            "varcolor": vc.__file__,
        }

    def say(self, words):
        print("this is no answer")
        return {"words": words}

    def fail(self):
        raise ValueError("no luck")
