"""Who takes turns: other runtimes, resident and stopped in between, and vedette, started for each turn."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WARM_UPS, RUNS = 2, 5
# Relative L2 from PyTorch's f32. An f32 runtime beyond it computes something else; a lower precision within it
# of f32's own distance has changed nothing. Random weights amplify rounding, so bf16 and int8 have no upper one.
F32_LIMIT = 1e-3


class Unusable(Exception):
    pass


class Peer:
    def __init__(self, name, file, precision, paths, threads):
        self.label, self.precision = f"{name} {precision}", precision
        # Settings that some machines need for old BLAS libraries slow a current numpy down.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        self.log = file.with_name(f"{file.name}.{precision}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, str(HERE / "runtimes.py"), name, str(file), str(paths["input"]),
                    str(paths["outputs"]), str(threads), precision,
                ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        # A stopped process would outlive a comparison that was broken off.
        atexit.register(self.end)

    def check(self):
        self.version = self.answer()["version"]
        self.distance = self.ask("check")
        judge(self)
        self.stop()

    def ask(self, line):
        # A runtime that has died can't be told anything; that it doesn't answer says so.
        with contextlib.suppress(BrokenPipeError):
            print(line, file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            lines = self.log.read_text().strip().splitlines()
            raise Unusable(f"{lines[-1] if lines else 'it ended without a word'} ({self.log})")
        return json.loads(line)

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def turn(self):
        self.process.send_signal(signal.SIGCONT)
        times = self.ask(f"run {WARM_UPS + RUNS}")[WARM_UPS:]
        self.stop()
        return times

    def end(self):
        self.process.kill()
        self.process.wait()


class Vedette:
    def __init__(self, label, program, precision, paths, threads):
        self.label, self.precision = label, precision
        name = {"f32": "fp32"}.get(precision, precision)
        self.command = [
            program, "bench", "--json", "--model", paths["weights"], "--threads", str(threads), "--precision", name,
            "--runs", str(RUNS),
        ]
        self.parity = [
            program, "parity", paths["golden"], "--weights", paths["weights"], "--threads", str(threads), "--json",
        ]
        self.version = None
        self.distance = None

    def check(self):
        self.version = run([self.command[0], "--version"]).split()[1]
        if self.precision == "f32":
            taps = json.loads(run(self.parity, codes=(0, 1)))["taps"]
            self.distance = max(tap["relative"] for tap in taps)
            judge(self)
        else:
            self.turn()

    def turn(self):
        """Least, median and greatest of the turn, as `bench` tells them."""
        network = json.loads(run(self.command))["ms"]["network"]
        return [network[part] for part in ("min", "median", "p90")]

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
