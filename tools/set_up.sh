#!/usr/bin/env bash
# Make .venv hold this package with the given extras, at the versions in constraints.txt:
#     tools/set_up.sh train        what make demo needs
#     tools/set_up.sh train,dev    what make test and make check need, build/wheelhouse included
# Does nothing where .venv is already so, in a few milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."

extras=$1
log=build/set_up.log

fail() {
    echo "set-up: $*" >&2
    exit 1
}

# Run a command quietly; where it fails, show the end of what it said.
quietly() {
    "$@" >>"$log" 2>&1 && return
    grep -v '^WARNING' "$log" | tail -n 15 >&2
    fail "'$*' failed; the whole of what it said is in $log"
}

# Print the Python to build on: the one asked for, else the first that the versions in constraints.txt are for.
find_python() {
    local python
    if [[ -n ${PYTHON:-} ]]; then
        command -v "$PYTHON" >/dev/null 2>&1 || fail "no $PYTHON here; name a Python 3.11 to 3.13 that there is"
        fits "$PYTHON" || fail "$PYTHON is $("$PYTHON" -V 2>&1); inkdigits needs 3.11 to 3.13"
        echo "$PYTHON"
        return
    fi
    for python in python3 python3.13 python3.12 python3.11; do
        ! fits "$python" || { echo "$python" && return; }
    done
    fail "found no Python 3.11 to 3.13; install one, or name it: make PYTHON=/path/to/python3"
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1
}

# Whether .venv runs, and on the Python that was asked for where one was.
has_python() {
    .venv/bin/python -c '' 2>/dev/null || return 1
    [[ -z ${PYTHON:-} || $("$PYTHON" -V 2>&1) == $(.venv/bin/python -V) ]]
}

# What .venv should hold, in one line: other versions or other extras give another line.
wanted() {
    echo "$1 $(cat pyproject.toml constraints.txt tools/set_up.sh | cksum)"
}

is_ready() {
    [[ $1 != *dev* || -d build/wheelhouse ]] || return 1
    has_python && grep -qxF "$(wanted "$1")" .venv/ready 2>/dev/null
}

# Compile what was installed on all cores: pip would take one, for most of a minute. No one imports the packages' own tests.
compile_packages() {
    # Some packages hold files that are templates, or for another Python; they are none of ours.
    .venv/bin/python -m compileall -q -j 0 -x '/tests/' .venv/lib >>"$log" 2>&1 || true
}

# The core's wheels, kept so that tests/test_wheel.py can fill a fresh environment without a network.
fill_wheelhouse() {
    .venv/bin/python -c '
import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' >build/core.txt
    rm -rf build/wheelhouse
    quietly .venv/bin/python -m pip download --only-binary :all: --constraint constraints.txt \
        --dest build/wheelhouse --requirement build/core.txt
}

is_ready "$extras" && exit
mkdir -p build
: >"$log"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
started=$SECONDS
if ! has_python; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python lacks its venv module; on Debian and Ubuntu, apt-get install python3-venv"
    echo "set-up: making .venv with $("$python" -V)"
    quietly "$python" -m venv --clear .venv
fi
echo "set-up: installing inkdigits[$extras]; the first time takes a minute or two, and about 300 MB of download"
rm -f .venv/ready
quietly .venv/bin/python -m pip install --no-compile --constraint constraints.txt --editable ".[$extras]"
compile_packages
[[ $extras != *dev* ]] || fill_wheelhouse
wanted "$extras" >.venv/ready
[[ $extras == train ]] || wanted train >>.venv/ready
echo "set-up: done in $((SECONDS - started)) s"
