#include "tests/support/registry/peers.hpp"

#include <arpa/inet.h>
#include <crypt.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "resolver/base/text.hpp"

namespace lock::test {
namespace {

constexpr std::chrono::milliseconds between_looks{5};

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string find_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  const std::string path = std::string(variable != nullptr ? variable : "/usr/bin:/bin") + ":/usr/sbin:/sbin";
  for (const std::string_view folder : base::split(path, ':')) {
    std::string candidate = std::string(folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

bool accepts(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in name = loopback(port);
  const bool good = connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  ::close(probe);
  return good;
}

// bcrypt, the only hash that docker-registry accepts; the lowest cost, for the tests' sake.
std::string htpasswd_line(const std::string& user, const std::string& password) {
  crypt_data data{};
  char salt[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn("$2y$", 4, nullptr, 0, salt, sizeof salt) == nullptr) throw std::runtime_error("no bcrypt here");
  const char* hash = crypt_r(password.c_str(), salt, &data);
  if (hash == nullptr || hash[0] == '*') throw std::runtime_error("bcrypt failed");
  return user + ":" + hash + "\n";
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lock-test.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder like " + pattern);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::optional<std::string> missing(const std::string& program) {
  if (!find_program(program).empty()) return std::nullopt;
  return "there is no " + program + " here";
}

Child::Child(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::vector<std::string> words = arguments;
  words.at(0) = find_program(words[0]);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {  // only async-signal-safe calls from here on: other threads may hold locks
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    dup2(null, 0);
    dup2(out, 1);
    dup2(out, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  ::close(out);
  ::close(null);
  if (pid_ < 0) throw std::runtime_error("cannot start " + words[0]);
}

Child::~Child() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  for (int looks = 0; looks < 400; ++looks) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(between_looks);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Child::runs() {
  if (pid_ <= 0) return false;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = loopback(0);
  socklen_t size = sizeof name;
  const bool good = bind(probe, reinterpret_cast<const sockaddr*>(&name), size) == 0 &&
                    getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  ::close(probe);
  if (!good) throw std::runtime_error("there is no free port");
  return ntohs(name.sin_port);
}

void wait_for_port(std::uint16_t port, Child& child, const std::filesystem::path& log) {
  for (int looks = 0; looks < 2000; ++looks) {
    if (accepts(port)) return;
    if (!child.runs()) break;
    std::this_thread::sleep_for(between_looks);
  }
  const std::string text = contents_of(log);
  throw std::runtime_error("a peer did not start:\n" + text.substr(text.size() > 2000 ? text.size() - 2000 : 0));
}

Http2Front::Http2Front(std::uint16_t backend_port, const Identity& identity, std::size_t most_streams)
    : port_(free_port()) {
  const std::filesystem::path& folder = folder_.path();
  const auto key = write_text(folder / "key.pem", identity.key);
  const auto certificate = write_text(folder / "certificate.pem", identity.certificate);
  const auto configuration =
      write_text(folder / "nghttpx.conf",
                 "frontend=127.0.0.1," + std::to_string(port_) + "\nbackend=127.0.0.1," + std::to_string(backend_port) +
                     "\nprivate-key-file=" + key.string() + "\ncertificate-file=" + certificate.string() +
                     "\nsingle-process=yes\nworkers=1\nno-location-rewrite=yes\nno-server-rewrite=yes\nno-via=yes\n"
                     "no-add-x-forwarded-proto=yes\nresponse-header-field-buffer=1M\nmax-response-header-fields=2000\n"
                     "frontend-http2-max-concurrent-streams=" +
                     std::to_string(most_streams) + "\nerrorlog-file=/dev/stderr\nbackend-read-timeout=60s\n");
  child_ =
      std::make_unique<Child>(std::vector<std::string>{"nghttpx", "--conf=" + configuration.string()}, folder / "log");
  wait_for_port(port_, *child_, folder / "log");
}

std::string Http2Front::log() const { return contents_of(folder_.path() / "log"); }

DockerRegistry::DockerRegistry(const DockerRegistryOptions& options) : port_(free_port()) {
  const std::filesystem::path& folder = folder_.path();
  const std::filesystem::path data = options.data.empty() ? folder / "data" : options.data;
  std::string text =
      "version: 0.1\nlog:\n  level: info\nstorage:\n  delete:\n    enabled: true\n  filesystem:\n"
      "    rootdirectory: " +
      data.string() + "\nhttp:\n  addr: 127.0.0.1:" + std::to_string(port_) + "\n";
  if (options.identity) {
    text +=
        "  tls:\n    certificate: " + write_text(folder / "certificate.pem", options.identity->certificate).string() +
        "\n    key: " + write_text(folder / "key.pem", options.identity->key).string() + "\n";
  }
  if (!options.user.empty()) {
    const auto passwords = write_text(folder / "htpasswd", htpasswd_line(options.user, options.password));
    text += "auth:\n  htpasswd:\n    realm: registry\n    path: " + passwords.string() + "\n";
  }
  const auto configuration = write_text(folder / "config.yml", text);
  child_ = std::make_unique<Child>(std::vector<std::string>{"docker-registry", "serve", configuration.string()},
                                   folder / "log");
  wait_for_port(port_, *child_, folder / "log");
}

std::string DockerRegistry::log() const { return contents_of(folder_.path() / "log"); }

}  // namespace lock::test
