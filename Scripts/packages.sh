# Sourced by Scripts/run and Scripts/test: `need_packages NAME…` installs the Debian packages that are
# missing, as root or with sudo, and says what it does.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

need_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    command -v apt-get >/dev/null ||
        fail "needs these packages, and there is no apt-get to install them: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "needs these packages: run 'apt-get install ${missing[*]}' as root, then try again"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}" >&2
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get install -y -q --no-install-recommends "${missing[@]}")
    "${install[@]}" >/dev/null 2>&1 && return 0
    # Old lists are the usual reason: fetch new ones, and show what goes wrong this time.
    "${as_root[@]}" apt-get update -q >/dev/null || fail "apt-get update failed: is there a network?"
    "${install[@]}" >&2 || fail "apt-get could not install ${missing[*]}"
}

need_swift() {
    command -v swift >/dev/null || fail "needs Swift 6.2 or newer on the PATH (see swift.org/install)"
}

# What building takes.
build_packages=(
    libavformat-dev libavcodec-dev libswscale-dev libavutil-dev
    libv4l-dev libncurses-dev zlib1g-dev libcurl4-openssl-dev pkg-config binutils g++
)
