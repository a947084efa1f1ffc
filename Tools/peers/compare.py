#!/usr/bin/env python3
"""Runs the same network on vedette and on other runtimes, turn by turn, and prints a table of ratios.

    python3 compare.py --vedette ../../.build/release/vedette --model d0 --threads 2

All outputs are computed by everybody (no selection of boxes). Each runtime is a resident process that is
stopped while another runs; a turn is 2 warm-up and 5 timed runs; turns go round. vedette is started anew
for each turn (`bench`, which warms up itself). A run with more than 1 % of stolen time is rejected, whatever
its result.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

from network import prepare

HERE = Path(__file__).parent
WARM_UPS, RUNS = 2, 5


class Peer:
    def __init__(self, name, precision, paths, threads):
        self.label = f"{name} {precision}"
        # Settings that some machines need for old BLAS libraries slow a current numpy down.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        self.process = subprocess.Popen(
            [
                sys.executable, str(HERE / "runtime.py"), name, str(paths["onnx"]), str(paths["input"]),
                str(paths["outputs"]), str(threads), precision,
            ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.version = json.loads(self.process.stdout.readline())["version"]
        self.distance = self.ask("check")
        self.stop()

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def turn(self):
        self.process.send_signal(signal.SIGCONT)
        times = self.ask(f"run {WARM_UPS + RUNS}")[WARM_UPS:]
        self.stop()
        return times

    def end(self):
        self.process.kill()


class Vedette:
    def __init__(self, program, precision, paths, threads):
        self.label = f"vedette {precision}"
        self.command = [
            program, "bench", "--json", "--model", str(paths["weights"]), "--threads", str(threads),
            "--precision", precision, "--runs", str(RUNS),
        ]
        self.version = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        self.distance = None
        if precision == "fp32":
            parity = subprocess.run(
                [program, "parity", str(paths["golden"]), "--weights", str(paths["weights"]), "--json"],
                capture_output=True, text=True, check=False)
            self.distance = max(tap["relative"] for tap in json.loads(parity.stdout)["taps"])

    def turn(self):
        output = subprocess.run(self.command, capture_output=True, text=True, check=True).stdout
        network = json.loads(output)["ms"]["network"]
        # The turn's median stands for its runs.
        return [network["median"]] * RUNS

    def end(self):
        pass


def steal():
    fields = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return int(fields[7]), sum(int(field) for field in fields[:8])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vedette", default=str(HERE / "../../.build/release/vedette"))
    parser.add_argument("--model", choices=["d0", "lite0"], default="lite0")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write all times there")
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    parser.add_argument("--folder", default=f"{cache}/vedette/peers", help="where networks are kept")
    arguments = parser.parse_args()

    paths = prepare(arguments.model, Path(arguments.folder))
    runners = [
        Vedette(arguments.vedette, "fp32", paths, arguments.threads),
        Peer("onnxruntime", "fp32", paths, arguments.threads),
        Peer("openvino", "fp32", paths, arguments.threads),
        Vedette(arguments.vedette, "bf16", paths, arguments.threads),
        Peer("openvino", "bf16", paths, arguments.threads),
    ]
    times = {runner.label: [] for runner in runners}
    stolen, total = steal()
    for _ in range(arguments.rounds):
        for runner in runners:
            times[runner.label] += runner.turn()
    stolen, total = (b - a for a, b in zip((stolen, total), steal()))
    for runner in runners:
        runner.end()
    report(arguments, runners, times, stolen / max(total, 1))


def report(arguments, runners, times, share):
    medians = {label: statistics.median(values) for label, values in times.items()}
    best = min(
        (label for label in medians if label.endswith("fp32") and "vedette" not in label), key=medians.get)
    rounds = {
        label: [statistics.median(values[at:at + RUNS]) for at in range(0, len(values), RUNS)]
        for label, values in times.items()
    }
    # Round by round: what slows the machine for a while slows neighbours in time alike.
    ratios = {
        label: statistics.median(own / other for own, other in zip(values, rounds[best]))
        for label, values in rounds.items()
    }
    print(f"{arguments.model}, {arguments.threads} threads, {arguments.rounds} rounds, {share:.2%} stolen"
          + (": REJECTED" if share > 0.01 else ""))
    print(f"{'':22}{'version':>12}{'median ms':>12}{'min':>9}{'/ best fp32 peer':>18}{'from PyTorch':>14}")
    for runner in runners:
        distance = "" if runner.distance is None else f"{runner.distance:.1e}"
        print(f"{runner.label:22}{runner.version:>12}{medians[runner.label]:12.2f}"
              f"{min(times[runner.label]):9.2f}{ratios[runner.label]:18.2f}{distance:>14}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"steal": share, "times": times}, indent=1))


main()
