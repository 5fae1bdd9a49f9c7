# Sourced by scripts/setup: the Debian packages of the product and of its tests. Needs say().

# package, what shows that it is there (a program, or a file), what does not work without it
debian_packages_table() {
  cat <<'TABLE'
product rtpengine-daemon rtpengine browsers and encrypted SIP calls
product ffmpeg ffmpeg sharing pictures and documents from the demo room system
product poppler-utils pdftoppm sharing PDF documents from the demo room system
TABLE
  [ "$1" = test ] || return 0
  cat <<'TABLE'
test baresip-core baresip the journeys with a softphone
test baresip-ffmpeg /usr/lib/baresip/modules/avcodec.so the journeys with a softphone's video
test sip-tester sipp the journeys with sipp
test sipsak sipsak the journey with sipsak
test kamailio kamailio calls through a kamailio
test linphone-cli linphonec the journeys with a Linphone
test libre-dev /usr/include/re/re.h floor control with another stack
test gcc gcc the native modules, and floor control with another stack
test libc6-dev /usr/include/stdio.h the native modules, and floor control with another stack
test gstreamer1.0-tools gst-launch-1.0 the journey with forward error correction of another stack
test gstreamer1.0-plugins-good /usr/lib/gstreamer-1.0/libgstrtp.so the journey with forward error correction of another stack
test libopus-dev /usr/include/opus/opus.h Opus by the native module
test tshark tshark checks of what is on the wire
test chromium chromium the journeys with a browser
test erlang-asn1 /var/lib/dpkg/info/erlang-asn1.list the codecs of H.323 beside another compiler
test libxml2-utils xmllint the check of the FreeSWITCH tree
test iproute2 ip tests in network namespaces
test iptables iptables tests with address translation in network namespaces
TABLE
}

# Prints the missing packages of a group, and nothing when all are there.
debian_packages_missing() {
  debian_packages_table "$1" | while read -r _group package shown_by _what; do
    case $shown_by in
      /*) [ -e "$shown_by" ] || ls /usr/lib/*/"${shown_by#/usr/lib/}" >/dev/null 2>&1 || echo "$package" ;;
      *) command -v "$shown_by" >/dev/null 2>&1 || [ -x "/usr/sbin/$shown_by" ] || echo "$package" ;;
    esac
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
  [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

# Says what will not work, for the packages that are missing now.
debian_packages_regret() {
  say "These Debian packages are missing:" $1
  debian_packages_table "$2" | while read -r _group package _shown_by what; do
    case " $(echo $1) " in *" $package "*) say "  without $package not possible: $what" ;; esac
  done
  say "SIP calls without encryption, audio and video forwarding work without any of them."
  say "To install them: sudo apt-get install --no-install-recommends" $1
}

policy=/usr/sbin/policy-rc.d
policy_saved=/usr/sbin/policy-rc.d.before-dualstream
policy_mark='# Held by the set-up of Dualstream: starts nothing while it installs packages.'

# Keeps apt from starting services. A policy that was there is put back afterwards.
hold_services() {
  trap release_services EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  if [ -e "$policy" ] && ! grep -qF "$policy_mark" "$policy"; then as_root mv "$policy" "$policy_saved"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

release_services() {
  if [ -e "$policy" ] && grep -qF "$policy_mark" "$policy"; then as_root rm -f "$policy"; fi
  if [ -e "$policy_saved" ]; then as_root mv "$policy_saved" "$policy"; fi
}

apt_quietly() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 \
    apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@" >>"$root/var/apt.log" 2>&1
}

apt_size() {
  apt-get install --assume-no --no-install-recommends --no-upgrade "$@" 2>/dev/null | sed -n 's/^Need to get \(.*\) of archives.*/\1/p'
}

# Installs what is missing; where that is not possible says so and goes on.
debian_packages_install() {
  missing=$(debian_packages_missing "$1" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "${DUALSTREAM_APT:-yes}" = no ] || ! command -v apt-get >/dev/null 2>&1 || ! may_be_root; then
    debian_packages_regret "$missing" "$1"
    return 0
  fi
  (
    hold_services
    if ! apt-get install --simulate --no-install-recommends $missing >/dev/null 2>&1; then apt_quietly update || true; fi
    size=$(apt_size $missing)
    say "Installing Debian packages, ${size:-an unknown amount} to download: $missing(log: var/apt.log) ..."
    if ! apt_quietly install --no-install-recommends --no-upgrade $missing; then
      # Lists may be old, and one package that cannot be had must not keep the others away.
      apt_quietly update
      for package in $missing; do apt_quietly install --no-install-recommends --no-upgrade "$package"; done
    fi
  ) || true
  missing=$(debian_packages_missing "$1" | tr '\n' ' ')
  if [ -n "$missing" ]; then
    tail -n 3 "$root/var/apt.log" >&2
    debian_packages_regret "$missing" "$1"
  fi
}
