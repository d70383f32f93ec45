"""Imports the modules that its arguments name; then, for each line of JSON, forks a process that runs the script in it, and prints how that ended."""
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback

SECONDS = 60


def run(script, args, env, folder, given):
    """In the fork: all that a new process would have been given. Never returns."""
    code = 1
    try:
        for descriptor, file in enumerate(given):
            os.dup2(file.fileno(), descriptor)
        signal.alarm(SECONDS)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update({**ADDED, **env})
        sys.argv = ["-c", *args]
        sys.stdin = open(0)
        exec(compile(script, "<string>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


before = dict(os.environ)
for name in sys.argv[1:]:
    importlib.import_module(name)
# What a module sets for itself while it is imported, as the AWS CLI does.
ADDED = {name: value for name, value in os.environ.items() if before.get(name) != value}
for line in sys.stdin:
    asked = json.loads(line)
    files = [tempfile.TemporaryFile() for _ in range(3)]
    files[0].write(asked["input"].encode())
    files[0].seek(0)
    child = os.fork()
    if child == 0:
        run(asked["script"], asked["args"], asked["env"], asked["folder"], files)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    printed = []
    for file in files[1:]:
        file.seek(0)
        printed.append(file.read().decode())
    print(json.dumps({"code": code, "stdout": printed[0], "stderr": printed[1]}), flush=True)
