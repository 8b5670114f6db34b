"""Runs the examples of a document and compares what they print.

    run_examples.py DOCUMENT [--stepd PATH]

An example stands in a ```console block: a line "$ COMMAND", then what it prints, standard output and
error together, and "[exit N]" where its status is not 0. The commands of a document run in order in
one new folder, under bash, with stepd on the path. A ```json block after which it says "Save it as
`NAME`" is a file there.
Exit status: 0 all print what stands there, 1 some do not.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def examples(text):
    """(command, what it prints)"""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for example in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, printed = example.partition("\n")
            yield command, printed


def files(text):
    """(name, content)"""
    for content, name in re.findall(r"^```json\n(.*?)^```\s+Save it as `([^`/]+)`", text,
                                    re.M | re.S):
        yield name, content


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("--stepd", default=os.environ.get("STEPD", ROOT / "build/release/stepd"))
    options = parser.parse_args()
    count = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "bin").mkdir()
        (pathlib.Path(folder) / "bin/stepd").symlink_to(pathlib.Path(options.stepd).resolve())
        for name, content in files(options.document.read_text(encoding="utf-8")):
            (pathlib.Path(folder) / name).write_text(content, encoding="utf-8")
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}"}
        for command, wanted in examples(options.document.read_text(encoding="utf-8")):
            done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=60)
            got = done.stdout + (f"[exit {done.returncode}]\n" if done.returncode else "")
            count += 1
            if got != wanted:
                wrong += 1
                print(f"$ {command}\n  wanted {wanted!r}\n  got    {got!r}")
    print(f"{count - wrong} of {count} examples print what {options.document.name} says")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
