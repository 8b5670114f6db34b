#!/usr/bin/env python3
"""The JSONata evaluator beside the reference implementation under Node.js, in the same run.

    cmake --build --preset release --target jsonata_loop && bench/jsonata.py [--seconds S]

Both parse an expression once and evaluate it on a parsed document for some seconds. Needs node and
npm: jsonata 2.0.6, which Step Functions documents, is installed into a directory of its own.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOOP = """
const jsonata = require('jsonata'), fs = require('fs');
const [expression, file, seconds] = process.argv.slice(2);
(async () => {
  const data = JSON.parse(fs.readFileSync(file, 'utf8')), e = jsonata(expression);
  const run = async (ns) => {
    const begin = process.hrtime.bigint(); let now = begin, count = 0;
    do { for (let i = 0; i < 8; i++) await e.evaluate(data); count += 8; now = process.hrtime.bigint();
    } while (Number(now - begin) < ns);
    return Number(now - begin) / 1000 / count;
  };
  await run(seconds * 1e9 / 2);  // the compiler warms up
  console.log((await run(seconds * 1e9)).toFixed(3));
})();
"""
ORDERS = [{"id": f"o{i}", "price": (i * 7919) % 1000 / 10, "quantity": i % 7, "open": i % 3 > 0}
          for i in range(1000)]
NUMBERS = [(i * 7919) % 10007 for i in range(10000)]
CASES = [
    ("$map, $filter, $sum of 1,000",
     "$sum($map($filter(orders, function($o){$o.open}), function($o){$o.price * $o.quantity}))",
     {"orders": ORDERS}),
    ("path with a predicate, 1,000", "$sum(orders[open].(price * quantity))", {"orders": ORDERS}),
    ("objects of 1,000", 'orders.{"id": id, "total": price * quantity}', {"orders": ORDERS}),
    ("grouping 1,000", "orders{$string(quantity): $sum(price)}", {"orders": ORDERS}),
    ("$sort of 10,000 numbers", "$sort(numbers)", {"numbers": NUMBERS}),
    ("$sort of 10,000 by a function", "$sort(numbers, function($a, $b){$a > $b})",
     {"numbers": NUMBERS}),
    ("order-by of 1,000", "orders^(price, >quantity).id", {"orders": ORDERS}),
]


def microseconds(command):
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", default="1")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    options = parser.parse_args()
    loop = options.build / "bench/jsonata_loop"
    if not loop.exists():
        sys.exit(f"{loop} is not built")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        subprocess.run(["npm", "install", "--silent", "--prefix", work, "jsonata@2.0.6"], check=True)
        (work / "loop.js").write_text(LOOP)
        print(f"{'':32} {'stepd':>10} {'reference':>12} {'ratio':>7}")
        for name, expression, document in CASES:
            file = work / "document.json"
            file.write_text(json.dumps(document))
            arguments = [expression, file, options.seconds]
            ours = microseconds([loop, *arguments])
            theirs = microseconds(["node", work / "loop.js", *arguments])
            print(f"{name:32} {ours:8.0f} us {theirs:9.0f} us {theirs / ours:6.1f}x")


if __name__ == "__main__":
    main()
