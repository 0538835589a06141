#!/bin/bash
# libcurl.sh: builds .deps/curl/lib/libcurl.a from the distribution's own source, for HTTP and nothing else, unless it
# is there. The distribution's shared library brings thirty others into a process, which is 4 ms at each start that
# asks an object store (bench/results, remote_skip); its static one cannot be linked, Kerberos has none.
# To take in a newer source, for a security update: rm -r .deps/curl, then ./dev setup.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# TLS trusts what OpenSSL trusts on this machine, SSL_CERT_FILE and SSL_CERT_DIR included.
OPTIONS=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  -DBUILD_SHARED_LIBS=OFF -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF -DPICKY_COMPILER=OFF
  -DHTTP_ONLY=ON -DCURL_USE_OPENSSL=ON -DCURL_DISABLE_NTLM=ON -DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_HSTS=ON
  -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF -DUSE_NGHTTP2=OFF -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF
  -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_CA_FALLBACK=ON)

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

# The machine's own package sources, asked for source code.
source_list() {
  mkdir -p "$work/sources"
  cp /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources "$work/sources" 2>/dev/null || true
  sed -i 's/^deb /deb-src /; s/^Types:.*/Types: deb-src/' "$work"/sources/*
  [[ ! -f $work/sources/sources.list ]] || mv "$work/sources/sources.list" "$work/sources/main.list"
}

apt_source() {
  mkdir -p "$work/lists/partial"
  # As root apt would change to a user who may not write here.
  apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::SourceList=/dev/null -o Dir::State::Lists="$work/lists" \
    -o Dir::Etc::SourceParts="$work/sources" "$@" >>"$work/apt.log" 2>&1
}

fetch_source() {
  command -v dpkg-source >/dev/null || die "dpkg-source is missing; put a libcurl.a for HTTP and OpenSSL into .deps/curl/lib"
  source_list
  (cd "$work" && apt_source update && apt_source source curl) || {
    cat "$work/apt.log" >&2
    die "apt could not fetch the source of curl"
  }
  echo "$work"/curl-*/
}

[[ -f .deps/curl/lib/libcurl.a ]] && exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "building libcurl"
source=$(fetch_source)
{
  cmake -S "$source" -B "$work/build" -G Ninja "${OPTIONS[@]}" -DCMAKE_INSTALL_PREFIX="$PWD/.deps/curl.new" \
    ${CCACHE_BASEDIR:+-DCMAKE_C_COMPILER_LAUNCHER=ccache}
  rm -rf .deps/curl.new
  cmake --build "$work/build" --target install
} >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; die "cannot build libcurl"; }
cp "$source/COPYING" .deps/curl.new/
rm -rf .deps/curl && mv .deps/curl.new .deps/curl
