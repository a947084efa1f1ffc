"""The table and the JSON of one comparison."""

import datetime
import json
import platform
import statistics
from pathlib import Path


class Row:
    """A runner's turns: a turn counts by its median, so that one with a slow moment counts once."""

    def __init__(self, runner, turns):
        self.runner = runner
        self.turns = [statistics.median(turn["ms"]) for turn in turns]
        self.median = statistics.median(self.turns)
        self.least = min(min(turn["ms"]) for turn in turns)
        self.greatest = max(self.turns)

    def over(self, other):
        """Round by round: what slows the machine for a while slows neighbours in time alike."""
        return statistics.median(own / theirs for own, theirs in zip(self.turns, other.turns))


def rows_of(runners, turns):
    return [Row(runner, turns[runner.label]) for runner in runners]


def is_ours(row):
    return row.runner.label.startswith("vedette")


def fastest_f32(rows):
    """The other runtime whose turns took least of their round's time, by the median over rounds."""
    peers = [row for row in rows if row.runner.precision == "f32" and not is_ours(row)]
    rounds = [sum(times) for times in zip(*(row.turns for row in peers))]
    return min(
        peers, default=None,
        key=lambda row: statistics.median(own / whole for own, whole in zip(row.turns, rounds)))


def ours_at(rows, precision):
    return next((row for row in rows if is_ours(row) and row.runner.precision == precision), None)


def ratios(row, rows):
    """To the fastest other runtime at f32; vedette's time at the same precision to this one's."""
    best, ours = fastest_f32(rows), ours_at(rows, row.runner.precision)
    return best and row.over(best), ours and ours.over(row)


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(arguments, runners, turns, share):
    rows = rows_of(runners, turns)
    # Of streams, rates: what is better is larger.
    shown = (lambda ms: 1000 / ms) if arguments.streams else (lambda ms: ms)
    over = (lambda ratio: ratio and 1 / ratio) if arguments.streams else (lambda ratio: ratio)
    what, best, most = ("images/s", "fastest", "x best f32 peer") if arguments.streams else (
        "median ms", "min", "/ best f32 peer")
    share_of_it = "vedette x it" if arguments.streams else "vedette / it"
    workers = f"{arguments.streams} streams" if arguments.streams else f"{arguments.threads} threads"
    verdict = "" if share <= arguments.steal_limit else f": REJECTED, the limit is {arguments.steal_limit:.1%}"
    lines = [
        f"tf_efficientdet_{arguments.model} at {arguments.size}, {workers}, {arguments.rounds} "
        f"rounds, {processor()}, {datetime.datetime.now():%Y-%m-%d %H:%M}",
        f"{share:.2%} of the time stolen{verdict}",
        f"{'':18}{'version':>14}{what:>11}{best:>9}{'slowest turn':>14}{most:>17}{share_of_it:>14}"
        f"{'from PyTorch':>14}",
    ]
    for row in rows:
        runner = row.runner
        to_best, ours_to_it = ratios(row, rows)
        lines.append(
            f"{runner.label:18}{runner.version:>14}{shown(row.median):11.2f}{shown(row.least):9.2f}"
            f"{shown(row.greatest):14.2f}{number(over(to_best), '.3f'):>17}{number(over(ours_to_it), '.3f'):>14}"
            f"{number(runner.distance, '.1e'):>14}")
    return "\n".join(lines)


def number(value, form):
    return "" if value is None else format(value, form)


def as_json(arguments, runners, turns, share):
    rows = rows_of(runners, turns)
    entries = []
    for row in rows:
        to_best, ours_to_it = ratios(row, rows)
        entries.append({
            "name": row.runner.label, "version": row.runner.version, "precision": row.runner.precision,
            "median": row.median, "min": row.least, "over_fastest_f32": to_best, "vedette_over_it": ours_to_it,
            "from_pytorch": row.runner.distance, "turns": turns[row.runner.label],
        })
    return json.dumps({
        "model": f"tf_efficientdet_{arguments.model}", "size": arguments.size, "threads": arguments.threads,
        "streams": arguments.streams,
        "processor": processor(), "time": datetime.datetime.now().isoformat(timespec="seconds"), "stolen": share,
        "rejected": share > arguments.steal_limit, "runtimes": entries,
    }, indent=1) + "\n"
