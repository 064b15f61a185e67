"""What the checks share: where the project is, which files are its own, Swift code without comments and strings."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SWIFT_FOLDERS = ("Sources", "Tests", "Examples", "Benchmarks")


def own_files(root):
    """Files that belong to the project: tracked, or new and not ignored. Paths relative to `root`, sorted."""
    if (root / ".git").exists():
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True, text=True).stdout
        names = {Path(name) for name in listed.split("\0") if name}
        return sorted(name for name in names if (root / name).is_file())
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git" and not name.startswith(".build")]
        found += [(Path(folder) / name).relative_to(root) for name in files]
    return sorted(found)


def swift_files(root, *folders):
    folders = folders or SWIFT_FOLDERS
    return [name for name in own_files(root) if name.suffix == ".swift" and name.parts[0] in folders]


def read(root, name):
    return (root / name).read_text(encoding="utf-8", errors="replace")


def end_with_descendants(pid):
    """Ends a process and all that it has started, also in sessions and groups of their own."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True).stdout
    children = {}
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    doomed = [pid]
    for one in doomed:
        doomed += children.get(one, [])
    for one in doomed:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            pass


def run(command, seconds, folder):
    """Runs a command, for so long at most. Returns (code or None on time-out, output)."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        end_with_descendants(process.pid)
        output, _ = process.communicate()
        return None, output


def code_only(text):
    """The same text with comments and the contents of string literals blanked; lines and columns stay.

    Code inside string interpolations is kept.
    """
    out = list(text)
    i, n = 0, len(text)
    stack = []  # open strings, as (quotes, hashes, parentheses open inside the current interpolation or None)

    def blank(position):
        if out[position] != "\n":
            out[position] = " "

    while i < n:
        if stack and stack[-1][2] is None:  # inside a string
            quotes, hashes, _ = stack[-1]
            escape = "\\" + hashes
            if text.startswith(escape + "(", i):
                for k in range(i, i + len(escape)):
                    blank(k)
                stack[-1] = (quotes, hashes, 1)
                i += len(escape) + 1
            elif text.startswith(escape, i):
                for k in range(i, min(i + len(escape) + 1, n)):
                    blank(k)
                i += len(escape) + 1
            elif text.startswith(quotes + hashes, i):
                stack.pop()
                i += len(quotes + hashes)
            elif text[i] == "\n" and len(quotes) == 1:  # not Swift, but never run away with the file
                stack.pop()
                i += 1
            else:
                blank(i)
                i += 1
            continue
        if text.startswith("//", i):
            while i < n and text[i] != "\n":
                blank(i)
                i += 1
            continue
        if text.startswith("/*", i):
            depth = 0
            while i < n:
                if text.startswith("/*", i):
                    depth += 1
                    blank(i), blank(i + 1)
                    i += 2
                elif text.startswith("*/", i):
                    depth -= 1
                    blank(i), blank(i + 1)
                    i += 2
                    if depth == 0:
                        break
                else:
                    blank(i)
                    i += 1
            continue
        hashes = 0
        while i + hashes < n and text[i + hashes] == "#":
            hashes += 1
        if i + hashes < n and text[i + hashes] == '"':
            start = i + hashes
            quotes = '"""' if text.startswith('"""', start) else '"'
            stack.append((quotes, "#" * hashes, None))
            i = start + len(quotes)
            continue
        if stack:
            quotes, marks, open_parentheses = stack[-1]
            if text[i] == "(":
                open_parentheses += 1
            elif text[i] == ")":
                open_parentheses -= 1
            stack[-1] = (quotes, marks, open_parentheses or None)
        i += max(hashes, 1)
    return "".join(out)


def report(title, checked, violations):
    """Prints the result of a check and ends the program with 0 or 1."""
    for violation in violations:
        print(f"{title}: {violation}")
    if violations:
        print(f"{title}: {len(violations)} violation{'s' if len(violations) != 1 else ''}, {checked}")
        sys.exit(1)
    print(f"{title}: ok, {checked}")
    sys.exit(0)


def self_check(title, check, cases):
    """Runs `check(root)` on small made-up projects.

    `cases` are (what, files, words expected in a violation, or None for a clean project).
    """
    failures = []
    for what, files, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = check(root)[1]
            if expected is None and found:
                failures.append(f"{what}: found {found} in a clean project")
            elif expected is not None and not any(expected in violation for violation in found):
                failures.append(f"{what}: a planted violation was not found (got {found})")
    for failure in failures:
        print(f"{title} self-check: {failure}")
    if failures:
        sys.exit(1)
    print(f"{title} self-check: ok, {len(cases)} cases")
    sys.exit(0)


def main(title, check, cases):
    """The command line that every check has: nothing, or --self-check."""
    arguments = sys.argv[1:]
    if arguments == ["--self-check"]:
        self_check(title, check, cases)
    if arguments:
        print(f"usage: dev/{title} [--self-check]", file=sys.stderr)
        sys.exit(2)
    report(title, *check(ROOT))
