#include "fakes/direct_http_client.h"

#include "base/percent_encoding.h"
#include "base/strings.h"
#include "net/url.h"

namespace rocky::fakes {
namespace {

std::map<std::string, std::string, std::less<>> arguments_of(const std::string& query) {
  std::map<std::string, std::string, std::less<>> arguments;
  if (query.empty()) return arguments;
  for (const std::string& argument : split(query, '&')) {
    const std::size_t equals = argument.find('=');
    const std::string value = equals == argument.npos ? "" : argument.substr(equals + 1);
    arguments[percent_decode(argument.substr(0, equals)).value()] = percent_decode(value).value();
  }
  return arguments;
}

ServedRequest as_served(const net::HttpRequest& request, const net::Url& url) {
  ServedRequest served;
  served.method = request.method;
  served.target = url.path + (url.query.empty() ? "" : "?" + url.query);
  served.path = url.path;
  served.query = arguments_of(url.query);
  served.headers["host"] = url.authority();
  for (const net::HttpHeader& header : request.headers) {
    served.headers[to_lower(header.name)] = header.value;
  }
  served.body = request.body;
  return served;
}

}  // namespace

net::HttpOutcome DirectHttpClient::send(const net::HttpRequest& request) {
  const auto url = net::parse_url(request.url);
  if (!url) return net::NotSent{net::NotSent::Why::Url, "not an address"};
  ServedReply reply = handler_(as_served(request, *url));
  if (reply.fault != ReplyFault::None && reply.fault != ReplyFault::CloseAfter) {
    return net::ReplyLost{"the connection broke"};
  }
  net::HttpResponse response{reply.status, {}, std::move(reply.body)};
  for (auto& [name, value] : reply.headers) {
    response.headers.push_back({to_lower(name), std::move(value)});
  }
  return response;
}

}  // namespace rocky::fakes
