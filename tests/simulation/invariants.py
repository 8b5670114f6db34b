"""What must hold of every history AWS writes: `check` gives what does not, as sentences."""
import collections

TERMINAL = {"ExecutionSucceeded": "SUCCEEDED", "ExecutionFailed": "FAILED",
            "ExecutionTimedOut": "TIMED_OUT", "ExecutionAborted": "ABORTED"}
ENDS_OF_A_CALL = {"TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskSubmitFailed"}


def details(event):
    for key, value in event.items():
        if key.endswith("EventDetails"):
            return value
    return {}


def states_of(block):
    for name, state in block["States"].items():
        yield name, state
        for inner in state.get("Branches", []) + [
                state[k] for k in ("ItemProcessor",) if k in state and "ProcessorConfig" not in
                state[k]]:
            yield from states_of(inner)


def has_inner(state):
    """Does it have a state of its own type inside? Then the nearest Entered may be that one's."""
    inner = [b for b in state.get("Branches", [])] + (
        [state["ItemProcessor"]] if "ItemProcessor" in state else [])
    return any(s["Type"] == state["Type"] for b in inner for _, s in states_of(b))


class History:
    def __init__(self, definition, described, events):
        self.states = dict(states_of(definition))
        self.top = definition["States"]
        self.described, self.events = described, events
        self.by_id = {e["id"]: e for e in events}
        self.following = collections.defaultdict(list)
        for event in events:
            self.following[event["previousEventId"]].append(event)
        self.wrong = []

    def must(self, ok, what):
        if not ok:
            self.wrong.append(what)

    def back(self, event):
        """The events that led to one, the nearest first."""
        while event["previousEventId"]:
            event = self.by_id[event["previousEventId"]]
            yield event

    def check_numbers(self):
        events = self.events
        self.must([e["id"] for e in events] == list(range(1, len(events) + 1)), "ids are 1, 2, 3…")
        for event in events:
            self.must(event["previousEventId"] < event["id"], f"{event['id']} follows a later one")
        roots = {e["type"] for e in events if e["previousEventId"] == 0}
        allowed = {"ExecutionStarted", "ExecutionTimedOut", "ExecutionAborted", "ExecutionFailed"}
        first = {events[1]["type"]} if len(events) > 1 else set()
        self.must(roots <= allowed | first, f"{roots} have no predecessor")
        times = [e["timestamp"] for e in events]
        self.must(times == sorted(times), "times go back")

    def check_end(self):
        ends = [e for e in self.events if e["type"] in TERMINAL]
        self.must(self.events[0]["type"] == "ExecutionStarted", "it begins with ExecutionStarted")
        self.must(ends == self.events[-1:], "one terminal event, the last")
        last, told = self.events[-1], self.described
        self.must(TERMINAL.get(last["type"]) == told["status"], "status and last event agree")
        if told["status"] == "TIMED_OUT":
            return
        for key in ("output", "error", "cause"):
            self.must(details(last).get(key) == told.get(key), f"{key} of event and execution agree")

    def check_exits(self):
        left = set()
        for event in self.events:
            if not event["type"].endswith("StateExited"):
                continue
            kind, name = event["type"][:-len("Exited")] + "Entered", details(event)["name"]
            entered = next((e for e in self.back(event) if e["type"] == kind and
                            details(e)["name"] == name and e["id"] not in left), None)
            self.must(entered, f"{event['id']} leaves {name}, which nobody entered")
            if not entered:
                continue
            left.add(entered["id"])
            state = self.states[name]
            if state["Type"] == "Wait":
                took = event["timestamp"] - entered["timestamp"]
                wanted = int(str(state["Seconds"]).strip("{% }"))
                self.must(abs(took - wanted) < 0.0015, f"{name} waited {took} instead of {wanted}")

    def check_calls(self):
        for event in self.events:
            if event["type"] != "TaskScheduled":
                continue
            started = [e for e in self.following[event["id"]] if e["type"] == "TaskStarted"]
            self.must(len(started) == 1, f"{event['id']} is started once")
            ends = [e for s in started for e in self.following[s["id"]]
                    if e["type"] in ENDS_OF_A_CALL]
            self.must(len(ends) <= 1, f"{event['id']} ends once")

    def check_attempts(self):
        """Starts of a state since it was entered: no more than its retriers allow."""
        starts = {"Task": "TaskScheduled", "Parallel": "ParallelStateStarted",
                  "Map": "MapStateStarted"}
        for event in self.events:
            if not event["type"].endswith("StateEntered"):
                continue
            state = self.states[details(event)["name"]]
            start = starts.get(state["Type"])
            name = details(event)["name"]
            if not start or has_inner(state) or (start != "TaskScheduled" and
                                                 name not in self.top):
                continue
            most = 1 + sum(r["MaxAttempts"] for r in state.get("Retry", []))
            seen = sum(1 for e in self.chain(event, start))
            self.must(seen <= most, f"{name} was tried {seen} times of {most}")

    def chain(self, entered, kind):
        """Events of a kind that belong to a visit: their nearest Entered of such a state is it."""
        for event in self.events[entered["id"]:]:
            if event["type"] == kind:
                nearest = next((e for e in self.back(event)
                                if e["type"] == entered["type"]), None)
                if nearest is entered:
                    yield event

    def check_iterations(self):
        for event in self.events:
            if event["type"] != "MapStateStarted":
                continue
            length = details(event)["length"]
            succeeded = [e for e in self.events if e["type"] == "MapIterationSucceeded" and
                         self.iteration_of(e) is event]
            indexes = [details(e)["index"] for e in succeeded]
            self.must(len(set(indexes)) == len(indexes), f"an iteration of {event['id']} ended twice")
            self.must(all(0 <= i < length for i in indexes), f"{event['id']} has {length} items")

    def iteration_of(self, succeeded):
        name = details(succeeded)["name"]
        for event in self.back(succeeded):
            if event["type"] == "MapStateStarted":
                entered = next(e for e in self.back(event) if e["type"] == "MapStateEntered")
                if details(entered)["name"] == name:
                    return event
        return None


def check(definition, described, events):
    history = History(definition, described, events)
    for name in dir(History):
        if name.startswith("check_"):
            getattr(history, name)()
    return history.wrong
