"""Answers a folder of JSONata cases through `stepd eval jsonata --lines` and compares.

    run_jsonata.py FOLDER [--stepd PATH] [--verbose] [--only TEXT]

FOLDER holds *.jsonl files, a case a line: "id", "expr", "data" (or "dataset", the name of a file in
datasets/), "bindings", "timelimit" and "depth", and one of "result", "undefinedResult" and "code".
Where a later version than 2.0.6 answers otherwise, "result206" is that version's answer, and what
counts; one of "JS:…" is a crash of the reference implementation: any error, or the newer answer,
will do. Numbers are compared as doubles, objects regardless of the order of their members.
Exit status: 0 all agree (or the folder is not there: skipped), 1 some differ, 2 wrong usage.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cases_of(folder):
    for file in sorted(folder.glob("*.jsonl")):
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)


def question(case, datasets):
    asked = {"expr": case["expr"]}
    if "dataset" in case:
        asked["data"] = datasets[case["dataset"]]
    elif "data" in case:
        asked["data"] = case["data"]
    for key in ("bindings", "timelimit", "depth"):
        if key in case:
            asked[key] = case[key]
    return json.dumps(asked)


def same(a, b, unordered=False):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return float(a) == float(b) or abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    if isinstance(a, list) and isinstance(b, list):
        if unordered and len(a) == len(b):
            rest = list(b)
            for item in a:
                match = next((i for i, other in enumerate(rest) if same(item, other)), None)
                if match is None:
                    return False
                rest.pop(match)
            return True
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def agrees(answer, expected, unordered):
    if "code" in expected:
        return answer.get("code") == expected["code"]
    if "result" in expected:
        return "result" in answer and same(answer["result"], expected["result"], unordered)
    return bool(answer.get("undefined"))


def right(case, answer):
    unordered = case.get("unordered", False)
    at_206 = case.get("result206")
    if at_206 and str(at_206.get("code", "")).startswith("JS:"):
        return "code" in answer or agrees(answer, case, unordered)
    return agrees(answer, at_206 or case, unordered)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stepd", default=os.environ.get("STEPD", ROOT / "build/release/stepd"))
    parser.add_argument("--only", default="", help="cases whose id has this text")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    if not args.folder.is_dir():
        print(f"{args.folder}: not there, skipped")
        return 0
    datasets = {f.stem: json.loads(f.read_text(encoding="utf-8"))
                for f in (args.folder / "datasets").glob("*.json")}
    cases = [c for c in cases_of(args.folder) if args.only in c["id"]]
    # $eval is not Step Functions': the cases of its group are the evaluator's own.
    asked = "".join(question(c, datasets) + "\n" for c in cases)
    run = subprocess.run([args.stepd, "eval", "jsonata", "--lines", "--eval"], input=asked,
                         capture_output=True, encoding="utf-8", timeout=600)
    answers = run.stdout.splitlines()
    if run.returncode != 0 or len(answers) != len(cases):
        print(run.stderr)
        print(f"{len(answers)} answers to {len(cases)} cases, exit status {run.returncode}")
        return 1
    failed = 0
    for case, line in zip(cases, answers):
        if right(case, json.loads(line)):
            continue
        failed += 1
        expected = case.get("result206") or {k: case[k] for k in ("result", "undefinedResult", "code")
                                             if k in case}
        print(f"{case['id']}: {json.dumps(case['expr'])}")
        print(f"    expected {json.dumps(expected)[:300]}")
        print(f"    got      {line[:300]}")
    print(f"{len(cases) - failed} of {len(cases)} JSONata cases agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
