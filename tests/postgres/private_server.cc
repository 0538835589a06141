#include "postgres/private_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/file_descriptor.h"

namespace rocky::postgres_testing {
namespace {

/// The folder of initdb and pg_ctl of the newest version that is installed; empty: none is.
std::string programs() {
  std::string newest;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const auto folder = version.path() / "bin";
    if (std::filesystem::exists(folder / "initdb", ignored)) {
      newest = std::max(newest, folder.string());
    }
  }
  return newest;
}

int free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), any, size) != 0 || ::getsockname(socket.get(), any, &size) != 0) {
    throw std::runtime_error("no port is free");
  }
  return ntohs(address.sin_port);
}

void shell(const std::string& command) {
  // Root may not run a server.
  const std::string as_user =
      ::geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
  if (std::system((as_user + command + " >/dev/null 2>&1 </dev/null").c_str()) != 0) {
    throw std::runtime_error(command + " failed");
  }
}

}  // namespace

std::string PrivateServer::unavailable() {
  return programs().empty() ? "no server of PostgreSQL is installed: apt-get install postgresql-15"
                            : "";
}

PrivateServer::PrivateServer() : programs_(programs()), port_(free_port()) {
  if (::geteuid() == 0) {
    const std::string given = "chown postgres:postgres " + directory_.path();
    if (std::system(given.c_str()) != 0) throw std::runtime_error(given + " failed");
  }
  shell(fmt::format("{}/initdb -D {}/data -U rocky -A trust -N -E UTF8 --locale=C.UTF-8", programs_,
                    directory_.path()));
  start();
}

PrivateServer::~PrivateServer() {
  try {
    stop_at_once();
  } catch (const std::runtime_error&) {
    // It is stopped already.
  }
}

warehouse::WarehouseSettings PrivateServer::settings() const {
  warehouse::WarehouseSettings settings;
  settings.type = "postgres";
  settings.host = "127.0.0.1";
  settings.port = port_;
  settings.database = "postgres";
  settings.username = "rocky";
  return settings;
}

void PrivateServer::stop_at_once() { control("-m immediate stop"); }

void PrivateServer::start() {
  control(
      fmt::format("-l {0}/log -o '-p {1} -c listen_addresses=127.0.0.1 -c "
                  "unix_socket_directories={0} -c fsync=off' start",
                  directory_.path(), port_));
}

void PrivateServer::become_standby() {
  stop_at_once();
  shell(fmt::format("touch {}/data/standby.signal", directory_.path()));
  start();
}

void PrivateServer::control(const std::string& arguments) {
  shell(fmt::format("{}/pg_ctl -D {}/data -w {}", programs_, directory_.path(), arguments));
}

}  // namespace rocky::postgres_testing
