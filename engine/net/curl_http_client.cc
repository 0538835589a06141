#include "net/curl_http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "net/proxy.h"
#include "net/url.h"

namespace rocky::net {
namespace {

constexpr std::size_t kIdleHandlesMax = 8;
constexpr std::size_t kHeaderBytesMax = 256 * 1024;
// Servers and what stands before them close idle connections after some seconds. A request that
// meets the closing is lost in doubt, so an older connection is not worth its reuse.
constexpr long kReusableSeconds = 10;

/// One request under way, as libcurl's callbacks see it.
struct Exchange {
  HttpResponse response;
  int sendings = 0;
  std::size_t header_bytes_left = kHeaderBytesMax;
  std::size_t body_bytes_left = 0;
  bool too_large = false;
};

/// Called with the connection made and before the first byte is written. libcurl sends a request
/// again when a kept connection breaks before the reply begins: the second sending ends here.
int before_sending(void* exchange, char*, char*, int, int) {
  const bool first = ++static_cast<Exchange*>(exchange)->sendings == 1;
  return first ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* pointer) {
  Exchange& exchange = *static_cast<Exchange*>(pointer);
  const std::string_view line(bytes, size * count);
  if (line.size() > exchange.header_bytes_left) {
    exchange.too_large = true;
    return 0;
  }
  exchange.header_bytes_left -= line.size();
  // Another status line: what came before was an interim reply, such as 100 Continue.
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();
  const std::size_t colon = line.find(':');
  if (!line.starts_with("HTTP/") && colon != std::string_view::npos) {
    exchange.response.headers.push_back(
        {to_lower(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  }
  return line.size();
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* pointer) {
  Exchange& exchange = *static_cast<Exchange*>(pointer);
  const std::string_view piece(bytes, size * count);
  if (piece.size() > exchange.body_bytes_left) {
    exchange.too_large = true;
    return 0;
  }
  exchange.body_bytes_left -= piece.size();
  exchange.response.body += piece;
  return piece.size();
}

/// Called by libcurl when something happens, and once a second when nothing does.
int go_on_waiting(void* limit, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const WaitLimit*>(limit)->is_over() ? 1 : 0;
}

/// A list of header lines for libcurl.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list_); }

  /// Whether there was memory for it.
  [[nodiscard]] bool add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    if (longer) list_ = longer;
    return longer != nullptr;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

bool breaks_lines(const HttpRequest& request) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const HttpHeader& header) {
    return (header.name + header.value).find_first_of(kBreaks) != std::string::npos;
  });
}

/// Whether there was memory for all: without one of them it would be another request.
bool fill_headers(const HttpRequest& request, HeaderList& list) {
  // What libcurl would add by itself is not part of the request: an empty value takes it out.
  for (const std::string_view own : {"Accept", "Content-Type", "Expect"}) {
    const bool given = std::any_of(
        request.headers.begin(), request.headers.end(),
        [&](const HttpHeader& header) { return to_lower(header.name) == to_lower(own); });
    if (!given && !list.add(std::string(own) + ":")) return false;
  }
  for (const HttpHeader& header : request.headers) {
    // `Name;` is how libcurl is told to send an empty value.
    if (!list.add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value))
      return false;
  }
  return true;
}

NotSent no_memory() { return {NotSent::Why::Memory, "no memory left for a request"}; }

/// One handle of libcurl and the connection that it keeps. One request at a time.
class CurlHandle {
 public:
  CurlHandle() : easy_(is_ready() ? curl_easy_init() : nullptr) {}

  explicit operator bool() const { return easy_ != nullptr; }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  long number(CURLINFO which) const {
    long value = 0;
    curl_easy_getinfo(easy_.get(), which, &value);
    return value;
  }
  bool has_resolved() const {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_NAMELOOKUP_TIME_T, &microseconds);
    return microseconds > 0;
  }

  /// Forgets options, keeps the connection.
  void reset() { curl_easy_reset(easy_.get()); }
  CURLcode perform() { return curl_easy_perform(easy_.get()); }

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  /// Starts libcurl, and OpenSSL with it (0.5 ms), with the first handle of the process.
  static bool is_ready() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
  }

  std::unique_ptr<CURL, Cleanup> easy_;
};

void set_method(CurlHandle& handle, const HttpRequest& request) {
  if (request.method == "HEAD") {
    handle.set(CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST" || !request.body.empty()) {
    handle.set(CURLOPT_POST, 1L);
    handle.set(CURLOPT_POSTFIELDS, request.body.c_str());
    handle.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    handle.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    handle.set(CURLOPT_HTTPGET, 1L);
    handle.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void set_connection(CurlHandle& handle, const HttpRequest& request, const WaitLimit* limit) {
  // HTTP/2 would add reasons of its own to send a request again.
  handle.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  handle.set(CURLOPT_PROTOCOLS_STR, "http,https");
  handle.set(CURLOPT_NOSIGNAL, 1L);
  handle.set(CURLOPT_MAXAGE_CONN, kReusableSeconds);
  handle.set(CURLOPT_TCP_KEEPALIVE, 1L);
  handle.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // Zero means no limit to libcurl; we mean that there is no time left.
  handle.set(CURLOPT_CONNECTTIMEOUT_MS,
             std::max(1L, static_cast<long>(request.connect_timeout.count())));
  const Millis total = limit ? limit->left_of(request.total_timeout) : request.total_timeout;
  handle.set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(total.count())));
  if (!limit) return;
  handle.set(CURLOPT_NOPROGRESS, 0L);
  handle.set(CURLOPT_XFERINFOFUNCTION, go_on_waiting);
  handle.set(CURLOPT_XFERINFODATA, limit);
}

void set_address(CurlHandle& handle, const HttpRequest& request, const std::string& proxy) {
  handle.set(CURLOPT_URL, request.url.c_str());
  // A path is a name here, not a way through directories: `a/../b` is sent as it is.
  handle.set(CURLOPT_PATH_AS_IS, 1L);
  // Both set, also when empty: else libcurl asks the environment.
  handle.set(CURLOPT_PROXY, proxy.c_str());
  handle.set(CURLOPT_NOPROXY, "");
  handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

NotSent::Why reason_of(CURLcode code, const CurlHandle& handle) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return NotSent::Why::Url;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return NotSent::Why::Resolve;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR: return NotSent::Why::Tls;
    default: break;
  }
  const bool out_of_time = code == CURLE_OPERATION_TIMEDOUT;
  return out_of_time && !handle.has_resolved() ? NotSent::Why::Resolve : NotSent::Why::Connect;
}

/// Whether the reply itself says where it ends. One that ends with its connection may be a part.
bool tells_its_end(const HttpRequest& request, const HttpResponse& response) {
  const bool has_no_body =
      request.method == "HEAD" || response.status == 204 || response.status == 304;
  return has_no_body || response.header("content-length") || response.header("transfer-encoding");
}

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(const Environment& environment, CurlOptions options)
      : environment_(environment), options_(std::move(options)) {}

  HttpOutcome send(const HttpRequest& request) override;

 private:
  HttpOutcome send_with(CurlHandle& handle, const HttpRequest& request, const Url& url);
  void set_trust(CurlHandle& handle) const;
  CurlHandle take_handle();
  void keep_handle(CurlHandle handle);

  const Environment& environment_;
  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<CurlHandle> idle_;
};

HttpOutcome CurlHttpClient::send(const HttpRequest& request) {
  const auto url = parse_url(request.url);
  if (!url) return NotSent{NotSent::Why::Url, fmt::format("not an address url=`{}`", request.url)};
  if (breaks_lines(request)) return NotSent{NotSent::Why::Url, "a header holds a line break"};
  CurlHandle handle = take_handle();
  if (!handle) return no_memory();
  HttpOutcome outcome = send_with(handle, request, *url);
  keep_handle(std::move(handle));
  return outcome;
}

HttpOutcome CurlHttpClient::send_with(CurlHandle& handle, const HttpRequest& request,
                                      const Url& url) {
  Exchange exchange{.body_bytes_left = options_.reply_bytes_max};
  std::array<char, CURL_ERROR_SIZE> detail{};
  HeaderList headers;
  if (!fill_headers(request, headers)) return no_memory();
  set_method(handle, request);
  set_connection(handle, request, options_.wait_limit);
  set_address(handle, request, proxy_for(environment_, url));
  set_trust(handle);
  handle.set(CURLOPT_HTTPHEADER, headers.get());
  handle.set(CURLOPT_ERRORBUFFER, detail.data());
  handle.set(CURLOPT_PREREQFUNCTION, before_sending);
  handle.set(CURLOPT_PREREQDATA, &exchange);
  handle.set(CURLOPT_HEADERFUNCTION, take_header);
  handle.set(CURLOPT_HEADERDATA, &exchange);
  handle.set(CURLOPT_WRITEFUNCTION, take_body);
  handle.set(CURLOPT_WRITEDATA, &exchange);

  const CURLcode code = handle.perform();
  const std::string text = fmt::format(
      "{} host=`{}`", detail[0] != 0 ? detail.data() : curl_easy_strerror(code), url.authority());
  if (code != CURLE_OK && exchange.sendings == 0) return NotSent{reason_of(code, handle), text};
  if (exchange.too_large)
    return ReplyLost{fmt::format("the reply is too large host=`{}`", url.authority())};
  if (exchange.sendings > 1)
    return ReplyLost{
        fmt::format("the connection broke before the reply host=`{}`", url.authority())};
  const bool out_of_time = code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK;
  if (code != CURLE_OK) return ReplyLost{text, out_of_time};
  exchange.response.status = static_cast<int>(handle.number(CURLINFO_RESPONSE_CODE));
  if (!tells_its_end(request, exchange.response))
    return ReplyLost{fmt::format("the reply does not tell its end host=`{}`", url.authority())};
  return std::move(exchange.response);
}

void CurlHttpClient::set_trust(CurlHandle& handle) const {
  if (options_.ca_file.empty()) return;
  handle.set(CURLOPT_CAINFO, options_.ca_file.c_str());
  handle.set(CURLOPT_PROXY_CAINFO, options_.ca_file.c_str());
  handle.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

CurlHandle CurlHttpClient::take_handle() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return CurlHandle();
  CurlHandle handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void CurlHttpClient::keep_handle(CurlHandle handle) {
  // What the options point to ends with the request.
  handle.reset();
  std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleHandlesMax) idle_.push_back(std::move(handle));
}

}  // namespace

std::unique_ptr<HttpClient> curl_http_client(const Environment& environment, CurlOptions options) {
  return std::make_unique<CurlHttpClient>(environment, std::move(options));
}

}  // namespace rocky::net
