"""Random state machines: all state types, nested, with retries, catchers, loops and wrong turns, in
both query languages, with variables.

The same seed gives the same machine. Every machine ends: states lead forward, loops count.
"""
import random

ERRORS = ["Odd", "Even", "Broken", "States.Timeout"]
FIELDS = ["a", "b", "c", "n", "s", "list", "o"]
CALL = {"ClusterName": "simulation", "CertificateAuthority": "x",
        "Endpoint": "https://1.yl4.us-east-1.eks.amazonaws.com"}


class Generator:
    def __init__(self, seed, tasks):
        self.random = random.Random(seed)
        self.tasks = tasks
        self.count = 0

    # -- values and paths --

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def value(self, depth=0):
        kinds = ["int", "str", "bool", "null", "float"] + ([] if depth > 2 else ["list", "object"])
        kind = self.random.choice(kinds)
        if kind == "int":
            return self.random.randrange(-5, 20)
        if kind == "str":
            return self.random.choice(["", "x", "Odd", "é", "2026-01-02T03:04:05Z"])
        if kind == "bool":
            return self.chance(50)
        if kind == "null":
            return None
        if kind == "float":
            return self.random.randrange(-10, 10) / 4
        if kind == "list":
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(FIELDS): self.value(depth + 1)
                for _ in range(self.random.randrange(4))}

    def input(self):
        """What machines are started with: the fields that most paths ask for."""
        return {"a": self.value(), "b": self.value(), "n": self.random.randrange(10), "s": "x",
                "list": [self.value(1) for _ in range(self.random.randrange(6))],
                "o": {"n": 1, "list": [1, 2, 3]}}

    def path(self):
        steps = self.random.choice([1, 1, 1, 2])
        return "$" + "".join("." + self.random.choice(FIELDS) for _ in range(steps))

    def reference(self):
        return self.random.choice(["$.r", "$.o.deep", "$.a", "$.n", "$"])

    def template(self, depth=0):
        """A payload template; some of its paths lead nowhere."""
        made = {}
        for key in self.random.sample(FIELDS, self.random.randrange(1, 4)):
            way = self.random.randrange(6)
            if way == 0 and depth < 2:
                made[key] = self.template(depth + 1)
            elif way == 1:
                made[key + ".$"] = self.random.choice(
                    ["$$.State.Name", "$$.Execution.Name", "States.Array($.n, 'x')",
                     "States.Format('{}-{}', $.s, $.n)", "States.MathAdd($.n, 1)",
                     "States.ArrayLength($.list)", "States.UUID()", "$.list[0]", "$.list[*]"])
            elif way in (2, 3):
                made[key + ".$"] = self.random.choice(["$", "$.n", "$.s", self.path()])
            else:
                made[key] = self.value(1)
        return made

    # -- JSONata and variables --

    def expression(self):
        """Some give nothing, some are of a wrong type."""
        return "{% " + self.random.choice([
            "$states.input", "$states.input.n + 1", "$states.input.list", "$count($states.input.list)",
            "$states.input.{'n': n, 's': s, 'list': list, 'o': o}", "$string($states.input.n) & $uuid()",
            "$map($states.input.list, function($v, $i){$i})", "$states.input.list[0]",
            "$states.context.State.Name", "$sum($states.input.o.list)", "$states.input.no",
            "$v0a", "$v0b.n", "$v1a", "$merge([$states.input.o, {'x': $v0a}])"]) + " %}"

    def output(self):
        if self.chance(50):
            return self.expression()
        return {**{key: self.expression() for key in self.random.sample(FIELDS, 2)},
                "n": self.random.randrange(5), "list": [1, "{% 1 + 1 %}"]}

    def assign(self, jsonata, depth):
        """A block's names are of its depth: no block around it assigns them."""
        made = {}
        for name in self.random.sample([f"v{depth}a", f"v{depth}b"], self.random.randrange(1, 3)):
            if jsonata:
                made[name] = self.expression() if self.chance(70) else self.value(1)
            elif self.chance(70):
                made[name + ".$"] = self.random.choice(["$", "$", "$.n", "$v0a", "$$.State.Name"])
            else:
                made[name] = self.value(1)
        return made

    def jsonata(self, later, depth):
        state = {"QueryLanguage": "JSONata", **self.random.choice([
            {"Type": "Pass"}, {"Type": "Pass"}, {"Type": "Wait", "Seconds": "{% 6 %}"},
            {"Type": "Map", "ItemProcessor": self.block(depth + 1) if depth < 3 else None,
             "Items": self.random.choice(["{% $states.input.list %}", "{% [1..3] %}",
                                          "{% $map([1,2], function($v){$v & $uuid()}) %}"])}])}
        if state["Type"] == "Map" and depth >= 3:
            return self.pass_(later)
        if self.chance(70):
            state["Output"] = self.output()
        if state["Type"] == "Map" and self.chance(50):
            state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": later,
                               "Assign": {f"v{depth}a": "{% $states.errorOutput %}"}}]
        return state

    # -- states --

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def flow(self, state, result=True):
        """InputPath, OutputPath, ResultPath."""
        if self.chance(10):
            state["InputPath"] = self.random.choice(["$", "$.o", None, "$.no.such"])
        if self.chance(10):
            state["OutputPath"] = self.random.choice(["$", "$.o", "$.n", None])
        if result and self.chance(60):
            state["ResultPath"] = self.random.choice([self.reference(), None])
        return state

    def trying(self, state, later):
        if self.chance(40):
            state["Retry"] = [{
                "ErrorEquals": [self.random.choice(ERRORS[:3] + ["States.ALL"])],
                "IntervalSeconds": self.random.randrange(1, 5),
                "MaxAttempts": self.random.randrange(4),
                "BackoffRate": self.random.choice([1.0, 1.5, 2.0]),
                **({"MaxDelaySeconds": 6} if self.chance(30) else {}),
                **({"JitterStrategy": "FULL"} if self.chance(30) else {})}]
        if self.chance(50):
            state["Catch"] = [{
                "ErrorEquals": ["States.ALL"], "Next": later,
                **({"ResultPath": self.random.choice(["$.caught", None])}
                   if self.chance(60) else {})}]
        return state

    def rule(self, depth=0):
        way = self.random.randrange(9)
        variable = {"Variable": self.random.choice(["$.n", "$.s", "$.n", self.path()])}
        if depth < 2 and way == 0:
            return {"Not": self.rule(depth + 1)}
        if depth < 2 and way == 1:
            return {self.random.choice(["And", "Or"]): [self.rule(depth + 1) for _ in range(2)]}
        if way in (2, 3):
            return {**variable, "IsPresent": self.chance(50)}
        return {**variable, **self.random.choice([
            {"NumericLessThan": 5}, {"NumericGreaterThanEquals": 3}, {"StringEquals": "x"},
            {"BooleanEquals": True}, {"IsNumeric": True}, {"StringMatches": "O*"}, {"IsNull": True},
            {"NumericEqualsPath": "$.n"}])}

    def pass_(self, later):
        state = self.flow({"Type": "Pass"})
        if self.chance(40):
            state["Result"] = self.value()
        elif self.chance(60):
            state["Parameters"] = self.template()
        return state

    def wait(self, later):
        return self.flow({"Type": "Wait", "Seconds": self.random.randrange(0, 100)}, result=False)

    def choice(self, later, after):
        choices = [{**self.rule(), "Next": self.random.choice([later, after])}
                   for _ in range(self.random.randrange(1, 4))]
        return {"Type": "Choice", "Choices": choices,
                **({"Default": after} if self.chance(85) else {})}

    def parallel(self, later, depth):
        branches = [self.block(depth + 1) for _ in range(self.random.randrange(1, 4))]
        return self.flow(self.trying({"Type": "Parallel", "Branches": branches}, later))

    def map(self, later, depth):
        state = {"Type": "Map", "ItemProcessor": self.block(depth + 1),
                 "ItemsPath": self.random.choice(["$.list", "$.list", "$.o.list", self.path()])}
        if self.chance(50):
            state["MaxConcurrency"] = self.random.randrange(4)
        if self.chance(50):
            state["ItemSelector"] = {"n.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value",
                                     "s": "x", "list": [1, 2], "o.$": "$.o"}
        if self.chance(25):
            state["ItemProcessor"]["ProcessorConfig"] = {
                "Mode": "DISTRIBUTED", "ExecutionType": self.random.choice(["STANDARD", "EXPRESS"])}
            if self.chance(50):
                state["ToleratedFailurePercentage"] = self.random.choice([0, 50, 100])
            if self.chance(30):
                state["ItemBatcher"] = {"MaxItemsPerBatch": 2}
        return self.flow(self.trying(state, later))

    def task(self, later):
        path = self.random.choice(["/api/v1/namespaces", "/version", "/no/such"])
        state = {"Type": "Task", "Resource": "arn:aws:states:::eks:call",
                 "ResultSelector": {"status.$": "$.StatusCode"},
                 "Parameters": {**CALL, "Method": "GET", "Path": path}}
        return self.flow(self.trying(state, later))

    def state(self, later, after, depth):
        kinds = [self.pass_, self.pass_, self.wait, "choice", "fail", "jsonata", "jsonata"]
        if depth < 3:
            kinds += ["parallel", "map", "map"]
        if self.tasks:
            kinds.append(self.task)
        kind = self.random.choice(kinds)
        if kind == "choice":
            return self.choice(later, after)
        if kind == "jsonata":
            return self.jsonata(later, depth)
        if kind == "parallel":
            return self.parallel(later, depth)
        if kind == "map":
            return self.map(later, depth)
        if kind == "fail":
            return ({"Type": "Fail", "Error": self.random.choice(ERRORS), "Cause": "because"}
                    if self.chance(25) else self.pass_(later))
        return kind(later)

    def loop(self, states, after):
        """Counts to three in a field of its own."""
        start, body, again = self.name("Start"), self.name("Body"), self.name("Again")
        field = f"$.{body.lower()}"
        states[start] = {"Type": "Pass", "Result": {"i": 0}, "ResultPath": field, "Next": body}
        states[body] = {"Type": "Pass", "Parameters": {"i.$": f"States.MathAdd({field}.i, 1)"},
                        "ResultPath": field, "Next": again}
        states[again] = {"Type": "Choice", "Default": after, "Choices": [
            {"Variable": f"{field}.i", "NumericLessThan": 3, "Next": body}]}
        return start

    def block(self, depth=0):
        """States from the last to the first: each leads to one that is there already."""
        last, end = self.name("End"), self.name("Last")
        states = {end: {"Type": "Succeed"}, last: {"Type": "Pass", "Next": end}}
        after, later = last, last
        for _ in range(self.random.randrange(1, 5 if depth == 0 else 3)):
            if self.chance(8):
                start = self.loop(states, after)
            else:
                start = self.name("S")
                state = self.state(later, after, depth)
                if state["Type"] not in ("Choice", "Fail"):
                    state["Next"] = after
                if state["Type"] != "Fail" and self.chance(25):
                    state["Assign"] = self.assign("QueryLanguage" in state, depth)
                states[start] = state
            later, after = self.random.choice([after, last]), start
        return {"StartAt": after, "States": reachable(after, states)}

    def machine(self):
        definition = self.block()
        if self.chance(15):
            definition["TimeoutSeconds"] = self.random.randrange(1, 200)
        return definition


def targets(state):
    yield from (state[k] for k in ("Next", "Default") if k in state)
    for each in state.get("Choices", []) + state.get("Catch", []):
        yield each["Next"]


def reachable(start, states):
    """Those that can be come to: others would be refused."""
    seen, open_ = set(), [start]
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_ += targets(states[name])
    return {name: state for name, state in states.items() if name in seen}
