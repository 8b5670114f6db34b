#!/usr/bin/env python3
"""Checks `stepd validate` against a corpus of state machines: the valid are accepted, the invalid
refused with a reason. Machines that need what stepd refuses by name are counted apart, and must be
refused for that reason alone. asl.differs names the others, each with why.

    tests/corpora/run_asl.py FOLDER [STEPD]     FOLDER: *.jsonl, a machine a line
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPORT = re.compile(r"^([^:\n]+):\d+:\d+: (error|warning): (.*)$", re.M)


def read(folder):
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            if case["valid"] is not None:
                text = case["text"] if "text" in case else json.dumps(case["definition"])
                yield case["id"], case["valid"], text


def main():
    folder = pathlib.Path(sys.argv[1])
    stepd = sys.argv[2] if len(sys.argv) > 2 else str(HERE / "../../build/release/stepd")
    if not folder.is_dir():
        print(f"skipped: {folder} is not there")
        return 0
    differs = dict(line.split("\t", 1) for line in (HERE / "asl.differs").read_text().splitlines()
                   if line and not line.startswith("#"))
    cases = list(read(folder))
    counts, bad = collections.Counter(), []
    with tempfile.TemporaryDirectory() as work:
        for number, (_, _, text) in enumerate(cases):
            (pathlib.Path(work) / f"{number}.json").write_text(text)
        done = subprocess.run([stepd, "validate", *(f"{n}.json" for n in range(len(cases)))],
                              cwd=work, capture_output=True, text=True, timeout=120)
    errors = collections.defaultdict(list)
    for name, kind, message in REPORT.findall(done.stderr):
        if kind == "error":
            errors[int(name.removesuffix(".json"))].append(message)
    for number, (name, valid, _) in enumerate(cases):
        said = errors[number]
        if name in differs:
            counts["differs on purpose"] += 1
            if bool(said) != valid:
                bad.append(f"{name}: does not differ any more")
        elif valid and said and all("stepd does not support" in m for m in said):
            counts["refused by name"] += 1
        elif valid == (not said):
            counts["valid, accepted" if valid else "invalid, refused"] += 1
        else:
            bad.append(f"{name}: {'valid' if valid else 'invalid'}, but {said or 'accepted'}")
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
