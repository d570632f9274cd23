"""Test the suite: code, addons, each alone, browser, races, translations, speed; ends with `N passed, N failed`."""

import os
import sys
import threading
import time
from dataclasses import dataclass, field

from .. import layout, postgres, serve, ui
from .outcome import Outcome

SLOTS = 2


@dataclass
class Part:
    title: str
    work: object
    after: tuple = ()  # titles of parts whose result it needs
    slots: int = 1
    outcome: Outcome = None
    thread: threading.Thread = field(default=None, repr=False)


def plan(names, fast):
    """The parts in the order they should start; those others wait for come first."""
    from . import parts

    everything = not names
    addons = layout.choose_addons(names)
    todo = [
        Part("template with demo", parts.build_part("demo", demo=True, update=fast)),
        Part("template without demo", parts.build_part("suite", demo=False, update=fast)),
        Part("lint", parts.lint_part),
    ]
    todo += [Part(f"tests of {name}", parts.addon_part(name, fast), ("template with demo",)) for name in addons]
    todo.append(Part("translations", parts.translation_part(addons), ("template without demo",)))
    if everything:
        todo.append(Part("command line", parts.scripts_part))
    if not fast:
        todo.append(Part("browser", parts.browser_part, ("template with demo",)))
        todo += [Part(f"{name} alone", parts.alone_part(name)) for name in addons]
        if everything:
            todo.append(Part("concurrency", parts.concurrency_part, ("template with demo",)))
            todo.append(Part("exchange", parts.exchange_part, ("template without demo",)))
            todo.append(Part("set-up", parts.setup_part))
            todo.append(Part("benchmarks", parts.bench_part, ("template without demo",), slots=SLOTS))
    return todo


class Runner:
    """Runs parts side by side in a fixed number of slots; a part starts once those it needs have passed."""

    def __init__(self, bed, todo):
        self.bed, self.waiting = bed, list(todo)
        self.done = []
        self.running = []
        self.changed = threading.Condition()

    def run(self):
        with self.changed:
            while self.waiting or self.running:
                while part := self._next():
                    self.waiting.remove(part)
                    if not part.outcome:
                        self.running.append(part)
                        part.thread = threading.Thread(target=self._work, args=(part,), name=part.title)
                        part.thread.start()
                    else:
                        self._show(part)
                self.changed.wait(1)
        return self.done

    def _next(self):
        finished = {part.title: part for part in self.done}
        for part in self.waiting:
            needed = [finished.get(title) for title in part.after]
            if any(other and other.outcome.broken for other in needed):
                part.outcome = Outcome()
                part.outcome.fail(part.title, f"did not run: {', '.join(part.after)} failed")
                return part
            if None in needed:
                continue
            free = SLOTS - sum(other.slots for other in self.running)
            return part if part.slots <= free else None
        return None

    def _work(self, part):
        started = time.monotonic()
        try:
            outcome = part.work(self.bed)
        except ui.CliError as error:
            outcome = Outcome(broken=True)
            outcome.fail(part.title, error.message)
        except Exception as error:  # noqa: BLE001 a part that breaks must not take the others with it
            outcome = Outcome(broken=True)
            outcome.fail(part.title, f"{type(error).__name__}: {error}")
        outcome.seconds = time.monotonic() - started
        with self.changed:
            part.outcome = outcome
            self.running.remove(part)
            self._show(part)
            self.changed.notify()

    def _show(self, part):
        self.done.append(part)
        outcome = part.outcome
        state = "ok  " if not outcome.failed else "FAIL"
        counts = f"{outcome.passed} passed" + (f", {outcome.failed} failed" if outcome.failed else "")
        print(f"  {state}  {part.title:32} {counts:>24}  {outcome.seconds:7.1f} s", flush=True)

    def stop(self):
        """Let nothing new start, end what runs, and wait for it to tidy up."""
        with self.changed:
            self.waiting.clear()
            running = list(self.running)
        while any(part.thread.is_alive() for part in running):
            self.bed.stop()
            for part in running:
                part.thread.join(1)


def add_arguments(parser):
    parser.add_argument("addons", nargs="*", metavar="addon", help="only these addons")
    parser.add_argument(
        "--fast",
        action="store_true",
        help="lint, tests of the addons but the slow ones, translations: under two minutes",
    )


def run(args):
    from . import parts
    from .bed import Bed

    started = time.monotonic()
    layout.choose_addons(args.addons)
    serve.prepare(development=True)
    with postgres.choose("test") as server, Bed(server) as bed:
        runner = Runner(bed, plan(args.addons, args.fast))
        try:
            done = runner.run()
        except KeyboardInterrupt:
            print("\nStopping; the databases of this run are being dropped.", file=sys.stderr, flush=True)
            runner.stop()
            conclude(runner.done, time.monotonic() - started)
            raise
    whole = not args.addons and not args.fast
    proofs = set().union(*(part.outcome.proofs for part in done)) if whole else None
    coverage = Part("coverage", None, outcome=parts.coverage_part(proofs))
    runner._show(coverage)
    return conclude(done, time.monotonic() - started)


def conclude(done, seconds):
    failures = [(part.title, test, words) for part in done for test, words in part.outcome.failures]
    for title, test, words in failures:
        print(f"\n--- {title}: {test}")
        print("\n".join(f"    {line}" for line in words.splitlines()))
    passed = sum(part.outcome.passed for part in done)
    print(f"\n  {seconds / 60:.1f} minutes on {os.cpu_count()} cores; logs in {layout.LOGS}\n")
    print(f"{passed} passed, {len(failures)} failed", flush=True)
    return 1 if failures or not passed else 0
