#include "fakes/valkey_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/check.h"
#include "base/environment.h"
#include "base/file_descriptor.h"
#include "base/strings.h"
#include "fakes/tls_identity.h"
#include "net/resp_client.h"

namespace rocky::fakes {
namespace {

constexpr int kPortsTried = 5;
constexpr Millis kStartTimeout{10'000};

/// The program's path; empty when it is nowhere.
std::string find_program() {
  if (const auto given = system_environment().get("ROCKY_TEST_VALKEY_SERVER")) return *given;
  for (const std::string& folder : split(system_environment().get("PATH").value_or(""), ':')) {
    const std::string path = folder + "/valkey-server";
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

bool has_ended(int pid) {
  siginfo_t state{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &state, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         state.si_pid != 0;
}

int execute(const std::vector<std::string>& command, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  return 127;
}

}  // namespace

std::uint16_t free_port() {
  const FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ROCKY_CHECK(::bind(fd.get(), generic, size) == 0);
  ROCKY_CHECK(::getsockname(fd.get(), generic, &size) == 0);
  return ntohs(address.sin_port);
}

std::string ValkeyServer::unavailable() {
  if (!find_program().empty()) return "";
  return "no valkey-server here: install it, or set ROCKY_TEST_VALKEY_SERVER";
}

ValkeyServer::ValkeyServer(ValkeyServerOptions options) : options_(std::move(options)) {
  if (options_.tls) TlsIdentity().write_files(folder_.path());
  for (int i = 0; i < kPortsTried; ++i) {
    port_ = free_port();
    if (start()) return;
  }
  ROCKY_CHECK(!"the server does not start");
}

ValkeyServer::~ValkeyServer() = default;

void ValkeyServer::start_again() {
  kill();
  ROCKY_CHECK(start());
}

bool ValkeyServer::start() {
  std::vector<std::string> command{find_program(), "--bind", "127.0.0.1", "--dir",
                                   folder_.path(), "--save", ""};
  if (options_.tls) {
    command.insert(command.end(),
                   {"--port", "0", "--tls-port", std::to_string(port_), "--tls-cert-file",
                    ca_file(), "--tls-key-file", folder_.path("key.pem"), "--tls-ca-cert-file",
                    ca_file(), "--tls-auth-clients", "no"});
  } else {
    command.insert(command.end(), {"--port", std::to_string(port_)});
  }
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  const std::string log = folder_.path("log");
  process_ = std::make_unique<ForkedChild>([&] { return execute(command, log); });
  const BootTime until = system_clock().boot_now() + kStartTimeout;
  while (!is_answering()) {
    if (has_ended(process_->pid()) || system_clock().boot_now() >= until) return false;
    system_clock().sleep_for(Millis{5});
  }
  // Whoever answers may be another's server, on a port that was taken from us.
  return !has_ended(process_->pid());
}

namespace {

net::RespConnected connect_to(const ValkeyServer& server, const net::TlsContext* tls) {
  return net::RespClient::connect(system_clock(), {.tls = tls}, {"127.0.0.1", server.port()});
}

std::unique_ptr<net::TlsContext> tls_of(bool with_tls, const std::string& ca_file) {
  return with_tls ? net::load_tls_context(ca_file).value() : nullptr;
}

}  // namespace

/// A server that turns us away is there as well.
bool ValkeyServer::is_answering() {
  const auto tls = tls_of(options_.tls, ca_file());
  return !std::holds_alternative<net::NotSent>(connect_to(*this, tls.get()));
}

std::string ValkeyServer::url(const std::string& credentials) const {
  return std::string(options_.tls ? "valkeys://" : "valkey://") + credentials +
         (credentials.empty() ? "" : "@") + "127.0.0.1:" + std::to_string(port_);
}

std::string ValkeyServer::say(const std::vector<std::string>& command) {
  const auto tls = tls_of(options_.tls, ca_file());
  auto connected = connect_to(*this, tls.get());
  ROCKY_CHECK(connected.index() == 0);
  const net::RespOutcome outcome = std::get<0>(connected)->send(command);
  const auto& reply = std::get<net::RespReplies>(outcome).front();
  ROCKY_CHECK(!reply.is(net::RespValue::Kind::Error));
  return reply.items.empty() ? reply.text : reply.items.back().text;
}

void ValkeyServer::pause() { ::kill(process_->pid(), SIGSTOP); }

}  // namespace rocky::fakes
