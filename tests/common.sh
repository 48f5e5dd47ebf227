# What tests/run, tests/format and deploy's scripts share: Debian packages, the Python venv. Source it.
# Sets root (the source tree), build (MAILROOM_BUILD or build/ in the tree) and venv.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath -m "${MAILROOM_BUILD:-$root/build}")
venv=$build/venv

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "this needs root: run it as root, install sudo, or run first: $*" >&2
        return 1
    fi
}

# missing_of PACKAGE...: those that are not installed.
missing_of() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
    done
}

# Installs what is missing of the Debian packages that the given lists name. One at a time: apt does not wait for another.
ensure_packages() {
    local wanted missing
    mapfile -t wanted < <(sed '/^#/d; /^ *$/d' "$@")
    [ -z "$(missing_of "${wanted[@]}")" ] && return
    (
        flock 9
        mapfile -t missing < <(missing_of "${wanted[@]}")
        [ ${#missing[@]} = 0 ] && exit
        echo "installing: ${missing[*]}"
        as_root apt-get update -qq 9>&- &&
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -q -o DPkg::Lock::Timeout=600 --no-install-recommends "${missing[@]}" 9>&-
    ) 9</var/lib/dpkg
}

# Makes the venv of MAILROOM_PYTHON (python3) with what the given requirements files list and the Python package as it lies
# in the tree: its compiled part is that of the build which MAILROOM_BIN names. A venv that was made from the same lists is
# used as it is.
ensure_venv() {
    local python=${MAILROOM_PYTHON:-python3} requirements=() file stamp
    for file in "$@"; do
        requirements+=(-r "$file")
    done
    stamp=$({ "$python" --version && cat "$@" "$root/pyproject.toml" && echo "$root"; } 2>/dev/null | sha256sum)
    [ "$(cat "$venv/stamp" 2>/dev/null)" = "$stamp" ] && return
    rm -rf "$venv"
    "$python" -m venv "$venv" &&
        "$venv/bin/pip" install --disable-pip-version-check --quiet "${requirements[@]}" &&
        "$venv/bin/pip" install --disable-pip-version-check --quiet --editable "$root" \
            --config-settings editable.mode=inplace --config-settings wheel.cmake=false --config-settings wheel.py-api=py3 &&
        echo "$stamp" >"$venv/stamp"
}
