"""The parts of the conformance ledger: rows, the run that was made, what the tests' sources hold, excuses."""

import json
import re
from collections import defaultdict

import project

ROW = re.compile(r"^[A-Z]{2}-\d{3}$")
IDS = re.compile(r"^([A-Z]{2}-\d{3}(?:[ ,]+[A-Z]{2}-\d{3})*)\b")
EXCUSES = ("beam", "typed away", "settled difference", "not worth it")
MOST_IDS = 3


class Row:
    def __init__(self, identity, area, kind):
        self.identity, self.area, self.kind = identity, area, kind


def read_rows(text):
    """`area NAME STATUS` begins an area (status `now` or `later`); then one `ID CLASS` each line."""
    areas, rows, area, problems = {}, {}, None, []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "area" and len(words) == 3 and words[2] in ("now", "later"):
            area = words[1]
            areas[area] = words[2]
        elif len(words) == 2 and ROW.match(words[0]) and words[1] in ("core", "dist", "beam", "later") and area:
            if words[0] in rows:
                problems.append(f"rows.txt:{number}: {words[0]} stands twice")
            rows[words[0]] = Row(words[0], area, words[1])
        else:
            problems.append(f"rows.txt:{number}: not understood: {line}")
    return areas, rows, problems


def read_catalogue(folder):
    """The rows of the catalogue's own tables, for a comparison: {area: {id: class}}."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        rows = {}
        for line in path.read_text().split("\n"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) >= 4 and ROW.match(cells[0]) and cells[-1].split():
                rows[cells[0]] = cells[-1].split()[0]
        if rows:
            found[path.stem] = rows
    return found


def compare(areas, rows, catalogue):
    """Where rows.txt and the catalogue differ."""
    problems = []
    for area in areas:
        for identity, kind in catalogue.get(area, {}).items():
            mine = rows.get(identity)
            if mine is None:
                problems.append(f"rows.txt lacks {identity} of the catalogue's {area}")
            elif mine.kind != kind and not (mine.kind == "later" and kind == "core"):
                problems.append(f"rows.txt says {mine.kind} of {identity}, the catalogue {kind}")
    return problems


class Test:
    def __init__(self, payload):
        place = payload["sourceLocation"]
        self.identity = payload["id"]
        self.title = payload.get("displayName") or payload["name"]
        self.file = place.get("_filePath") or place.get("filePath") or place["fileID"]
        self.line = place["line"]
        self.parameterized = payload.get("isParameterized", False)
        self.cases, self.result = 0, None

    @property
    def rows(self):
        match = IDS.match(self.title)
        return re.findall(r"[A-Z]{2}-\d{3}", match.group(1)) if match else []


def read_events(lines):
    """The tests of one run, with what became of them. Returns (tests, whether the run came to its end)."""
    tests, ended = {}, False
    for line in lines:
        if not line.strip():
            continue
        record = json.loads(line)
        payload = record["payload"]
        if record["kind"] == "test":
            if payload["kind"] == "function":
                tests[payload["id"]] = Test(payload)
            continue
        kind = payload["kind"]
        ended = ended or kind == "runEnded"
        test = tests.get(payload.get("testID"))
        if test is None:
            continue
        if kind == "testCaseStarted":
            test.cases += 1
        elif kind == "testSkipped":
            test.result = "skipped"
        elif kind == "issueRecorded" and payload.get("issue", {}).get("isKnown"):
            test.result = "known issue"
        elif kind == "issueRecorded" and payload.get("issue", {}).get("isFailure", True):
            test.result = "failed"
        elif kind == "testCancelled" or kind == "testCaseCancelled":
            test.result = test.result or "cancelled"
        elif kind == "testEnded":
            symbol = next((message["symbol"] for message in payload.get("messages", [])), "none")
            test.result = test.result or {"pass": "passed", "fail": "failed"}.get(symbol, symbol)
    for test in tests.values():
        if test.result == "passed" and test.parameterized and test.cases == 0:
            test.result = "without a case"
        test.result = test.result or "not run"
    return tests, ended


FUNCTION = re.compile(r"\bfunc\s+`?(\w+|[^\s\w(]+)`?")
EXPECTATION = re.compile(r"#(?:expect|require)\s*(?:\(|\{|$)(?!\s*(?:Bool\(\s*true\s*\)|true)\s*\))", re.M)
RECORDED = re.compile(r"\bIssue\.record\s*\(|\bconfirmation\s*\(")
CALL = re.compile(r"(?<!func )\b([a-z]\w*)\s*(?=\(|\{)")


class Functions:
    """All functions of the tests' sources, by file and by name."""

    def __init__(self, root):
        self.by_place, self.bodies = defaultdict(list), defaultdict(list)
        for name in project.swift_files(root, "Tests", "Sources"):
            if name.parts[0] == "Sources" and name.parts[1] != "OTPTestKit":
                continue
            text = project.read(root, name)
            code = project.code_only(text)
            for match in FUNCTION.finditer(code):
                body = self.body(code, match.end())
                if body is None:
                    continue
                line = code.count("\n", 0, match.start()) + 1
                self.by_place[name.as_posix()].append((line, match.group(1), body))
                self.bodies[match.group(1)].append(body)
        self.expecting = {name for name, bodies in self.bodies.items() if any(self.expects_itself(body) for body in bodies)}
        grown = True
        while grown:
            more = {name for name, bodies in self.bodies.items() if name not in self.expecting
                    and any(self.calls(body) & self.expecting for body in bodies)}
            self.expecting |= more
            grown = bool(more)

    @staticmethod
    def body(code, position):
        depth = 0
        for index in range(position, len(code)):
            character = code[index]
            if character in "([":
                depth += 1
            elif character in ")]":
                depth -= 1
            elif character == "{" and depth == 0:
                return Functions.block(code, index)
            elif depth < 0 or character == "}":
                return None
        return None

    @staticmethod
    def block(code, start):
        depth = 0
        for index in range(start, len(code)):
            if code[index] == "{":
                depth += 1
            elif code[index] == "}":
                depth -= 1
                if depth == 0:
                    return code[start:index + 1]
        return code[start:]

    @staticmethod
    def expects_itself(body):
        return bool(EXPECTATION.search(body) or RECORDED.search(body))

    @staticmethod
    def calls(body):
        return set(CALL.findall(body))

    def holds_expectation(self, file, line):
        """Whether the first function at or below `line` of `file` expects something. None: there is no such function."""
        after = [entry for entry in self.by_place.get(file, []) if entry[0] >= line]
        if not after:
            return None
        body = min(after)[2]
        return self.expects_itself(body) or bool(self.calls(body) & self.expecting)


def read_excuses(text):
    """Rows of tables `| ID | class | reason |`: {id: (class, reason)}, and what is wrong with them."""
    excuses, problems = {}, []
    for number, line in enumerate(text.split("\n"), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]] if line.startswith("|") else []
        if len(cells) < 2:
            continue
        identities = re.findall(r"\b[A-Z]{2}-\d{3}\b", cells[0])
        for identity in identities:
            kind, reason = cells[1], cells[2] if len(cells) > 2 else ""
            if kind not in EXCUSES:
                problems.append(f"docs/conformance.md:{number}: {identity} has class `{kind}`, not one of {', '.join(EXCUSES)}")
            elif len(reason) < 10:
                problems.append(f"docs/conformance.md:{number}: {identity} has no reason")
            elif kind == "typed away" and not re.search(r"`[^`]+`", reason):
                problems.append(f"docs/conformance.md:{number}: {identity} is typed away, but the line that does not compile is missing")
            elif identity in excuses:
                problems.append(f"docs/conformance.md:{number}: {identity} is excused twice")
            else:
                excuses[identity] = (kind, reason)
    return excuses, problems
