# Sourced by the scripts beside it: chooses the Node.js this product runs on. Needs $root.

# The private Node that is fetched where the machine's own is missing or too old.
node_pinned=20.20.2
node_home="$root/var/node/v$node_pinned"

# Whether the `node` found by PATH is 20.19 or newer.
node_is_fit() {
  node_version=$(node --version 2>/dev/null) || return 1
  node_major=${node_version#v}
  node_minor=${node_major#*.}
  node_major=${node_major%%.*}
  node_minor=${node_minor%%.*}
  [ "$node_major" -gt 20 ] || { [ "$node_major" -eq 20 ] && [ "$node_minor" -ge 19 ]; }
}

# Puts the private Node first in PATH where it is needed and there; fails where it is needed and missing.
use_node() {
  node_is_fit && return 0
  [ -x "$node_home/bin/node" ] || return 1
  PATH="$node_home/bin:$PATH"
  export PATH
}
