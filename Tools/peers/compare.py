"""Runs the same network on vedette and on other runtimes, turn by turn, and prints a table of ratios.

All outputs are computed by everybody (no selection of boxes). Each runtime is a resident process that is
stopped while another runs; a turn is 2 warm-up and 5 timed runs; turns go round. vedette is started anew
for each turn (`bench`, which warms up 3 times). A comparison with more than 1 % of stolen time is rejected,
whatever its result. README.md says more.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from files import SIZES, network_files
from formats import form
from report import as_json, table
from runners import Peer, Unusable, Vedette, stolen_and_total
from runtimes import RUNTIMES

HERE = Path(__file__).resolve().parent


def main():
    arguments = parse()
    paths = network_files(arguments.model, arguments.size, arguments.folder)
    if not all(path.exists() for path in paths.values()):
        from network import make

        arguments.folder.mkdir(parents=True, exist_ok=True)
        make(arguments.model, arguments.size, paths)
    wanted = [
        (name, precision) for precision in arguments.precision for name in ("vedette", *arguments.peers)
        if name == "vedette" or precision in RUNTIMES[name][1]
    ]
    if arguments.prepare:
        for name, precision in wanted:
            if name != "vedette":
                attempt(lambda: form(name, precision, paths), f"{name} {precision}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    runners = start(wanted, arguments, paths)
    try:
        turns, share = take_turns(runners, arguments.rounds)
    except Unusable as error:
        raise SystemExit(f"broken off: {error}") from error
    finally:
        for runner in runners:
            runner.end()
    print(table(arguments, runners, turns, share))
    if arguments.json:
        arguments.json.write_text(as_json(arguments, runners, turns, share))
    if share > arguments.steal_limit:
        raise SystemExit(3)


def parse():
    parser = argparse.ArgumentParser(
        prog="compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

    def words(text):
        return text.split(",")

    def add(name, *, kind=None, **rest):
        parser.add_argument(name, type=kind, **rest)

    add("--model", default="lite0", choices=list(SIZES), metavar="NAME", help=f"one of {', '.join(SIZES)}")
    add("--size", kind=int, help="pixels, a multiple of 128 for D0-D7 (default: the model's own)")
    add("--threads", kind=int, default=2)
    add("--streams", kind=int, default=0, metavar="N",
        help="images a second of N streams side by side, each with one thread, instead of one with all threads")
    add("--rounds", kind=int, default=5, help="turns of each runtime (default: 5)")
    add("--precision", kind=words, default=["f32", "bf16", "int8"], help="some of f32,bf16,int8 (default: all)")
    add("--peers", kind=words, default=list(RUNTIMES), help=f"some of {','.join(RUNTIMES)} (default: all)")
    add("--vedette", kind=Path, action="append", help="the program (default: .build/release/vedette); "
        "give it again to compare builds in one run")
    add("--json", kind=Path, help="write all times there")
    add("--folder", kind=Path, default=cache / "vedette/peers",
        help="where the Python environment and networks are kept (default: in the user's cache)")
    add("--python", help="use this Python's packages, make no environment")
    add("--steal-limit", kind=float, default=0.01, help="largest share of stolen time (default: 0.01)")
    parser.add_argument("--prepare", action="store_true", help="make environment and networks, measure nothing")
    arguments = parser.parse_args()
    arguments.vedette = arguments.vedette or [HERE.parents[1] / ".build/release/vedette"]
    arguments.size = arguments.size or SIZES[arguments.model]
    for name in arguments.peers:
        if name not in RUNTIMES:
            parser.error(f"no runtime {name}: there are {', '.join(RUNTIMES)}")
    for program in arguments.vedette:
        if not arguments.prepare and not program.exists():
            parser.error(f"{program} doesn't exist: swift build -c release --product vedette")
    return arguments


def attempt(action, label):
    """What `action` gives; where it throws, the reason is told and the runtime left out."""
    try:
        return action()
    # Converters and runtimes throw what they please.
    except Exception as error:  # pylint: disable=broad-exception-caught
        reason = str(error).strip().splitlines() or [type(error).__name__]
        print(f"{label} is left out: {reason[-1]}", file=sys.stderr)
        return None


def start(wanted, arguments, paths):
    """All that can run and whose outputs are right, in the order of their turns."""
    made = []
    for name, precision in wanted:
        if name == "vedette":
            for number, program in enumerate(arguments.vedette):
                label = f"vedette{f' {number + 1}' if number else ''} {precision}"
                made.append(Vedette(label, program, precision, paths, arguments.threads, arguments.streams))
        else:
            label = f"{name} {precision}"
            made.append(
                attempt(
                    lambda: Peer(
                        name, form(name, precision, paths), precision, paths, arguments.threads, arguments.streams),
                    label))
    # All load side by side; then each shows its outputs.
    runners = []
    for runner in made:
        if runner and attempt(lambda: runner.check() or True, runner.label):
            runners.append(runner)
        elif runner:
            runner.end()
    if not runners:
        raise SystemExit("there is nothing to compare")
    return runners


def take_turns(runners, rounds):
    """Every runner's turns, each with its times and stolen ticks; the share of stolen time in all turns."""
    turns = {runner.label: [] for runner in runners}
    stolen, total = 0, 0
    for _ in range(rounds):
        for runner in runners:
            before = stolen_and_total()
            times = runner.turn()
            taken, ticks = (b - a for a, b in zip(before, stolen_and_total()))
            turns[runner.label].append({"ms": times, "stolen": taken, "ticks": ticks})
            stolen, total = stolen + taken, total + ticks
    return turns, stolen / max(total, 1)


if __name__ == "__main__":
    main()
