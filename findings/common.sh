# What the findings share: a temporary folder, packages in it, and how one says that it still holds. Source it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# python_with PACKAGE==VERSION...: a venv in the folder; its interpreter is $python.
python_with() {
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --disable-pip-version-check --quiet "$@"
    python=$folder/venv/bin/python
}

# debian PACKAGE...: Debian 12's packages, unpacked in the folder; nothing is installed.
debian() {
    (cd "$folder" && apt-get -o APT::Sandbox::User=root download -qq "$@" && for package in *.deb; do dpkg -x "$package" root; done)
}

# expect WANTED SEEN: fails when what was seen is not what was seen before.
expect() {
    printf '%s\n' "$2"
    if [ "$1" != "$2" ]; then
        printf 'no longer so: it was\n%s\n' "$1" >&2
        exit 1
    fi
}
