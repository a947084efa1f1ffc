"""Who takes turns: other runtimes, resident and stopped in between, and vedette, started for each turn."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import formats

HERE = Path(__file__).resolve().parent
WARM_UPS, RUNS = 2, 5
# Of a turn in which several streams run side by side: they begin and end together.
SECONDS = 1.0
# Relative L2 from PyTorch's f32. An f32 runtime beyond it computes something else; a lower precision within it
# of f32's own distance has changed nothing. Random weights amplify rounding, so bf16 and int8 have no upper one.
F32_LIMIT = 1e-3


class Unusable(Exception):
    pass


class Peer:
    """One resident process, or several with one thread each (`streams`) that run side by side in their turn."""

    def __init__(self, name, file, precision, paths, threads, streams):
        self.label, self.precision, self.streams = f"{name} {precision}", precision, streams
        # Settings that some machines need for old BLAS libraries slow a current numpy down.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        self.log = file.with_name(f"{file.name}.{precision}.log")
        with self.log.open("w") as log:
            self.processes = [
                subprocess.Popen(
                    [
                        sys.executable, str(HERE / "runtimes.py"), name, str(file), str(paths["input"]),
                        str(paths["outputs"]), str(1 if streams else threads), precision, str(streams),
                    ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
                for _ in range(streams or 1)
            ]
        # A stopped process would outlive a comparison that was broken off.
        atexit.register(self.end)

    def check(self):
        self.version = self.answers()[0]["version"]
        self.distance = max(self.ask("check"))
        judge(self)
        self.signal(signal.SIGSTOP)

    def ask(self, line):
        """The answers of all processes, which are told at the same time."""
        for process in self.processes:
            # A runtime that has died can't be told anything; that it doesn't answer says so.
            with contextlib.suppress(BrokenPipeError):
                print(line, file=process.stdin, flush=True)
        return self.answers()

    def answers(self):
        lines = [process.stdout.readline() for process in self.processes]
        if not all(lines):
            said = self.log.read_text().strip().splitlines()
            raise Unusable(f"{said[-1] if said else 'it ended without a word'} ({self.log})")
        return [json.loads(line) for line in lines]

    def signal(self, number):
        for process in self.processes:
            process.send_signal(number)

    def turn(self):
        """Milliseconds of each run; of streams one number, by which they finish an image together."""
        self.signal(signal.SIGCONT)
        if self.streams:
            everybody = self.ask(f"during {SECONDS}")
            times = [1 / sum(len(times) / sum(times) for times in everybody)]
        else:
            times = self.ask(f"run {WARM_UPS + RUNS}")[0][WARM_UPS:]
        self.signal(signal.SIGSTOP)
        return times

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


class Vedette:
    def __init__(self, label, program, precision, paths, threads, streams):
        self.label, self.precision, self.streams = label, precision, streams
        threads = streams or threads
        name = {"f32": "fp32"}.get(precision, precision)
        weights = paths["weights"]
        self.quantize = None
        if precision == "int8":
            weights = Path(weights).with_suffix(".int8.safetensors")
            self.quantize = [
                program, "models", "quantize", paths["weights"], "--calibrate", formats.pictures(paths), "--output", weights,
                "--force",
            ]
        self.command = [
            program, "bench", "--json", "--model", weights, "--threads", str(threads), "--precision", name,
            "--mode", "throughput" if streams else "latency",
        ]
        self.runs = RUNS
        self.parity = [
            program, "parity", paths["golden"], "--weights", weights, "--threads", str(threads), "--json",
            *([] if precision == "f32" else ["--precision", name]),
        ]
        self.version = None
        self.distance = None

    def check(self):
        self.version = run([self.command[0], "--version"]).split()[1]
        if self.quantize:
            run(self.quantize)
        if self.streams:
            self.turn()
        taps = json.loads(run(self.parity, codes=(0, 1)))["taps"]
        self.distance = max(tap["relative"] for tap in taps)
        judge(self)

    def turn(self):
        """Least, median and greatest of the turn, as `bench` tells them; of streams as of other runtimes."""
        told = json.loads(run([*self.command, "--runs", self.runs]))
        if self.streams:
            rate = told["images_per_s"]["network"]
            # As long as the others' turns.
            self.runs = max(RUNS, round(SECONDS * rate / self.streams))
            return [1000 / rate]
        return [told["ms"]["network"][part] for part in ("min", "median", "p90")]

    def end(self):
        pass


def judge(runner):
    if runner.precision == "f32" and not runner.distance <= F32_LIMIT:
        raise Unusable(f"its outputs are {runner.distance:.1e} from PyTorch's (limit {F32_LIMIT:.0e})")
    if runner.precision != "f32" and not runner.distance > F32_LIMIT:
        raise Unusable(f"its outputs are {runner.distance:.1e} from PyTorch's: the option changes nothing")


def run(words, codes=(0,)):
    outcome = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if outcome.returncode not in codes:
        raise Unusable(outcome.stderr or f"exit status {outcome.returncode}")
    return outcome.stdout


def stolen_and_total():
    """Ticks of all processors since the machine started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return fields[7], sum(fields)
