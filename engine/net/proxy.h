#pragma once

#include <string>

#include "base/environment.h"
#include "net/url.h"

namespace rocky::net {

/// The proxy that the environment names for an address; empty: none.
///
/// `http_proxy` (in lower case only: a CGI program's HTTP_PROXY is its visitor's), `https_proxy`,
/// `all_proxy`, and what `no_proxy` takes out again: `*`, or hosts with the names below them,
/// each with or without a port. This machine, and addresses that only its neighbours have, are
/// never reached through one.
std::string proxy_for(const Environment& environment, const Url& url);

}  // namespace rocky::net
