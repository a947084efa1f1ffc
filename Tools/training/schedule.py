"""Learning rate, log and length of a run, the same on every device."""
import math
import os
import time


def learning_rate(args, step, total, start):
    """Cosine over the whole run to 1 % of args.lr; linear warm-up after each (re)start."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / total)))
    return args.lr * min(1.0, (step - start + 1) / args.warmup) * (0.01 + 0.99 * cosine)


def total_steps(args, current):
    """A number in RUN/steps replaces --steps while a run goes on."""
    path = os.path.join(args.out, 'steps')
    if os.path.exists(path):
        text = open(path).read().strip()
        return int(text) if text.isdigit() else current
    return current


def say(args, text):
    line = time.strftime('%H:%M:%S ') + text
    print(line, flush=True)
    with open(os.path.join(args.out, 'log.txt'), 'a') as f:
        f.write(line + '\n')
