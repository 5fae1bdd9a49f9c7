# Sourced by scripts/setup: builds the optional native modules, src/media/native/NAME.c to dist/native/NAME.node, by one
# call of the C compiler each. Needs say(). Nothing depends on them: where one cannot be built, dist/native/NAME.missing
# says why, the gateway says it too and goes on without it.
#
# A line `// link: -lNAME` in a source names what it is linked with, `// needs: HEADER PACKAGE` a header and the Debian
# package that has it.

native_sources=src/media/native
native_built=dist/native
native_headers=node_modules/node-api-headers/include

native_compiler() {
  for native_cc in ${CC:-cc gcc clang}; do
    command -v "$native_cc" 2>/dev/null && return 0
  done
  return 1
}

# The Debian package that the module's source needs and that is not there.
native_lacks() {
  sed -n 's,^// needs: *,,p' "$native_sources/$1.c" | while read -r native_header native_package; do
    echo "#include <$native_header>" | "$(native_compiler)" -E - >/dev/null 2>&1 || echo "$native_package"
  done
}

# Whether the module was neither built nor given up since its source last changed. What had no compiler,
# or not the headers, is built once there is one.
native_due() {
  native_stamp=$native_built/$1.node
  if [ -e "$native_built/$1.missing" ]; then
    native_stamp=$native_built/$1.missing
    if grep -q '^no C compiler' "$native_stamp" && native_compiler >/dev/null; then return 0; fi
    if grep -q ' is not installed$' "$native_stamp" && [ -z "$(native_lacks "$1")" ]; then return 0; fi
  fi
  [ ! -e "$native_stamp" ] || [ -n "$(find "$native_sources/$1.c" "$native_sources"/*.h package-lock.json -newer "$native_stamp" 2>/dev/null)" ]
}

native_modules_missing() {
  for native_source in "$native_sources"/*.c; do
    [ -e "$native_source" ] || continue
    if native_due "$(basename "$native_source" .c)"; then return 0; fi
  done
  return 1
}

# native_give_up NAME WHY
native_give_up() {
  printf '%s\n' "$2" >"$native_built/$1.missing"
  rm -f "$native_built/$1.node"
  say "The native module $1 is not built ($2); the gateway works without it, at a higher price."
}

native_build() {
  native_cc=$(native_compiler) || { native_give_up "$1" 'no C compiler on this machine'; return 0; }
  native_package=$(native_lacks "$1")
  [ -z "$native_package" ] || { native_give_up "$1" "$native_package is not installed"; return 0; }
  say "Building the native module $1 ..."
  native_links=$(sed -n 's,^// link: *,,p' "$native_sources/$1.c")
  # Under another name first: a gateway that runs has the old one mapped.
  if "$native_cc" -std=c11 -O2 -Wall -Wextra -shared -fPIC -fvisibility=hidden -DNAPI_VERSION=8 ${CFLAGS:-} \
    -I "$native_headers" -o "$native_built/$1.new" "$native_sources/$1.c" $native_links >"$native_built/$1.log" 2>&1; then
    mv "$native_built/$1.new" "$native_built/$1.node"
    rm -f "$native_built/$1.missing"
  else
    rm -f "$native_built/$1.new"
    native_give_up "$1" "the C compiler refused it, see $native_built/$1.log"
  fi
}

# Builds what is due. Never fails.
build_native_modules() {
  mkdir -p "$native_built"
  for native_source in "$native_sources"/*.c; do
    [ -e "$native_source" ] || continue
    native_name=$(basename "$native_source" .c)
    if native_due "$native_name"; then native_build "$native_name"; fi
  done
}
