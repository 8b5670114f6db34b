"""Answers a folder of JSONPath cases through `stepd eval jsonpath --lines` and compares.

    run_jsonpath.py FOLDER [--stepd PATH] [--verbose]

FOLDER holds *.jsonl files, a case a line: "id", "path", "document" (or "document_text", the
document as it was written) and "jayway": {"result": …} or {"error": true, …}. Numbers are compared
by their value, objects regardless of the order of their members, and of errors only that there is
one. Exit status: 0 all agree (or the folder is not there: skipped), 1 some differ, 2 wrong usage.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
from decimal import Decimal, InvalidOperation

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Number:
    """A number as it was written; equal by value."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        if not isinstance(other, Number):
            return NotImplemented
        try:
            if Decimal(self.text) == Decimal(other.text):
                return True
        except InvalidOperation:
            return self.text == other.text
        # An oracle that prints doubles rounds them.
        return "." in self.text + other.text and float(self.text) == float(other.text)

    def __repr__(self):
        return self.text

    __hash__ = None


def read(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def cases_of(folder):
    for file in sorted(folder.glob("*.jsonl")):
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line), read(line)


def question(case):
    """The line for stepd: a document's text goes in as it is, so that its numbers stay as written."""
    document = case.get("document_text") or json.dumps(case["document"], ensure_ascii=False)
    return '{"expr":%s,"data":%s}' % (json.dumps(case["path"]), document.replace("\n", " "))


def ask(stepd, questions):
    answer = subprocess.run([stepd, "eval", "jsonpath", "--lines"], input="\n".join(questions) + "\n",
                            capture_output=True, text=True, encoding="utf-8", timeout=600)
    if answer.returncode != 0:
        sys.exit(f"stepd ended with {answer.returncode}: {answer.stderr}")
    return [read(line) for line in answer.stdout.splitlines()]


def agree(wanted, got):
    if wanted.get("error"):
        return "code" in got
    return "result" in got and got["result"] == wanted["result"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stepd", default=os.environ.get("STEPD", ROOT / "build/release/stepd"))
    parser.add_argument("--verbose", action="store_true", help="show each case that differs")
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"SKIPPED: no folder {options.folder}")
        return 0
    cases = list(cases_of(options.folder))
    if not cases:
        print(f"SKIPPED: no cases in {options.folder}")
        return 0
    answers = ask(options.stepd, [question(case) for case, _ in cases])
    if len(answers) != len(cases):
        print(f"{len(cases)} questions, {len(answers)} answers")
        return 1
    differ = [(case, got) for (case, line), got in zip(cases, answers)
              if not agree(line["jayway"], got)]
    for case, got in differ if options.verbose else []:
        print(f"{case['id']}: {case['path']}\n  wanted {json.dumps(case['jayway'])}\n  got    {got}")
    print(f"{len(cases) - len(differ)} of {len(cases)} agree")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
