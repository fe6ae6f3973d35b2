// posix_spawn and one poll loop.
//
// The child leads a process group of its own, so that whatever it starts dies with it. It sees the three standard
// descriptors and no others, default signal dispositions and an empty signal mask. The answer is complete when the
// child itself has exited: a grandchild that keeps the pipes open (a daemon that somebody's configuration started)
// neither delays the answer nor survives it.
#include "resolver/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "resolver/base/descriptor.hpp"

extern char** environ;

namespace lock::base {
namespace {

using Clock = std::chrono::steady_clock;

std::string text_of(int error_number) {
  std::array<char, 128> buffer{};
  return strerror_r(error_number, buffer.data(), buffer.size());  // the GNU one: thread-safe, returns the text
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Both ends above the standard descriptors: a process that was started with some of those closed would otherwise get
// a pipe in their place and the child's dup2 calls would overwrite each other.
std::optional<Descriptor> above_standard(Descriptor descriptor) {
  if (descriptor.number() > STDERR_FILENO) return descriptor;
  const int moved = fcntl(descriptor.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) return std::nullopt;
  return Descriptor(moved);
}

std::optional<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Descriptor first(ends[0]);
  Descriptor second(ends[1]);
  auto read = above_standard(std::move(first));
  auto write = above_standard(std::move(second));
  if (!read || !write) return std::nullopt;
  return Pipe{.read = std::move(*read), .write = std::move(*write)};
}

void make_nonblocking(const Descriptor& descriptor) {
  fcntl(descriptor.number(), F_SETFL, fcntl(descriptor.number(), F_GETFL) | O_NONBLOCK);
}

// Only absolute folders of PATH are searched: with "." or an empty entry, a file called `git` in the tree that is being
// read would be run.
std::optional<std::string> find_program(std::string_view name) {
  const char* variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody here changes the environment
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    const std::string_view folder = rest.substr(0, colon);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (!folder.starts_with('/')) continue;
    std::string candidate = std::string(folder) + "/" + std::string(name);
    struct stat status{};
    const bool is_file = stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (is_file && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

bool is_removed(std::string_view name, const ProcessRequest& request) {
  const auto matches = [&](std::string_view pattern) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
  };
  return std::ranges::any_of(request.unset, matches) ||
         std::ranges::any_of(request.set, [&](const auto& variable) { return variable.first == name; });
}

std::vector<std::string> child_environment(const ProcessRequest& request) {
  std::vector<std::string> environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!is_removed(text.substr(0, text.find('=')), request)) environment.emplace_back(text);
  }
  for (const auto& [name, value] : request.set) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A NUL would silently cut an argument short of what was asked for.
bool holds_nul(const ProcessRequest& request) {
  const auto has = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  return std::ranges::any_of(request.arguments, has) || has(request.directory) ||
         std::ranges::any_of(request.set,
                             [&](const auto& variable) { return has(variable.first) || has(variable.second); });
}

// A write to a child that has gone raises SIGPIPE, which would end us. Blocked for this thread, and one that we caused
// is taken back; the program's own disposition is nobody's business here.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock() {
    const timespec at_once{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  [[nodiscard]] posix_spawn_file_actions_t* actions() { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

class Child {
 public:
  // By number: glibc 2.36 declares pidfd_open without C linkage.
  explicit Child(pid_t id) : id_(id), exit_(static_cast<int>(syscall(SYS_pidfd_open, id, 0))) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { (void)end(); }

  // Readable once the child has exited; not open where the kernel has no such thing.
  [[nodiscard]] const Descriptor& exit_descriptor() const { return exit_; }

  // Does not reap: as long as the zombie is there, its group's number cannot belong to anybody else.
  [[nodiscard]] bool has_exited() const {
    siginfo_t state{};
    return waitid(P_PID, static_cast<id_t>(id_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 && state.si_pid == id_;
  }

  // Kills what is left of the group, reaps, gives the wait status.
  int end() {
    if (id_ <= 0) return status_;
    kill(-id_, SIGKILL);
    while (waitpid(id_, &status_, 0) == -1 && errno == EINTR) {
    }
    id_ = 0;
    return status_;
  }

 private:
  pid_t id_;
  Descriptor exit_;
  int status_ = 0;
};

enum class Stop : std::uint8_t { exited, time, output, failure };

// Moves bytes between us and the child until it has exited or a limit is reached.
class Conversation {
 public:
  Conversation(const ProcessRequest& request, const Child& child, Descriptor input, Descriptor output,
               Descriptor errors)
      : request_(request),
        child_(child),
        input_(std::move(input)),
        output_(std::move(output)),
        errors_(std::move(errors)),
        deadline_(Clock::now() + request.time_limit) {
    make_nonblocking(input_);
    make_nonblocking(output_);
    make_nonblocking(errors_);
    if (request.input.empty()) input_.close();
  }

  Stop run(ProcessAnswer& answer) {
    for (;;) {
      // Asked before reading: what is in the pipes afterwards was written before the exit that was seen here.
      const bool exited = child_.has_exited();
      if (!receive(output_, answer.output) || !receive(errors_, answer.errors)) return Stop::output;
      if (exited) return Stop::exited;
      send();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
      if (left.count() <= 0) return Stop::time;
      if (!wait(left)) return Stop::failure;
    }
  }

 private:
  bool wait(std::chrono::milliseconds left) {
    std::array<pollfd, 4> waited{{{.fd = input_.number(), .events = POLLOUT, .revents = 0},
                                  {.fd = output_.number(), .events = POLLIN, .revents = 0},
                                  {.fd = errors_.number(), .events = POLLIN, .revents = 0},
                                  {.fd = child_.exit_descriptor().number(), .events = POLLIN, .revents = 0}}};
    constexpr std::chrono::milliseconds look_again{10};
    const auto most = child_.exit_descriptor().is_open() ? std::chrono::milliseconds{60'000} : look_again;
    return poll(waited.data(), waited.size(), static_cast<int>(std::min(left, most).count())) >= 0 || errno == EINTR;
  }

  // False when the cap was passed.
  bool receive(Descriptor& from, Bytes& into) {
    std::array<char, 65536> buffer;
    while (from.is_open()) {
      const ssize_t count = read(from.number(), buffer.data(), buffer.size());
      if (count > 0) {
        if (static_cast<std::size_t>(count) > request_.most_output - into.size()) return false;
        into.append(buffer.data(), static_cast<std::size_t>(count));
        if (Clock::now() > deadline_) return true;  // the caller's loop says so
      } else if (count == 0) {
        from.close();
      } else if (errno != EINTR) {
        return true;
      }
    }
    return true;
  }

  void send() {
    while (input_.is_open() && sent_ < request_.input.size()) {
      const ssize_t count = write(input_.number(), request_.input.data() + sent_, request_.input.size() - sent_);
      if (count >= 0) {
        sent_ += static_cast<std::size_t>(count);
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        break;  // it does not want the rest, which is its right
      }
    }
    input_.close();
  }

  const ProcessRequest& request_;
  const Child& child_;
  Descriptor input_;
  Descriptor output_;
  Descriptor errors_;
  std::size_t sent_ = 0;
  Clock::time_point deadline_;
};

std::unexpected<Error> not_started(const std::string& program, int error_number) {
  if (error_number == ENOENT) {
    return fail(ErrorKind::absent, "cannot run '" + program + "': no such program, or its interpreter is missing");
  }
  return fail(ErrorKind::io, "cannot run '" + program + "': " + text_of(error_number));
}

std::string seconds_of(std::chrono::milliseconds time) {
  if (time.count() % 1000 != 0) return std::to_string(time.count()) + " ms";
  return std::to_string(time.count() / 1000) + " s";
}

}  // namespace

Result<ProcessAnswer> run_process(const ProcessRequest& request) {
  if (request.arguments.empty() || request.arguments.front().empty()) {
    return fail(ErrorKind::io, "a process without a program was asked for");
  }
  const std::string& name = request.arguments.front();
  if (holds_nul(request)) return fail(ErrorKind::io, "an argument for '" + name + "' holds a NUL byte");
  std::optional<std::string> program = name;
  if (name.find('/') == std::string::npos) program = find_program(name);
  if (!program) {
    return fail(ErrorKind::absent, "'" + name + "' was not found in PATH",
                "install " + name + ", or add its folder to PATH");
  }

  SpawnAttributes attributes;
  Descriptor folder;
  if (!request.directory.empty()) {
    folder = Descriptor(open(request.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) {
      return fail(ErrorKind::io, "cannot run '" + name + "' in '" + request.directory + "': " + text_of(errno));
    }
    posix_spawn_file_actions_addfchdir_np(attributes.actions(), folder.number());
  }
  auto input = open_pipe();
  auto output = open_pipe();
  auto errors = open_pipe();
  if (!input || !output || !errors) return not_started(name, errno);
  posix_spawn_file_actions_adddup2(attributes.actions(), input->read.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(attributes.actions(), output->write.number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(attributes.actions(), errors->write.number(), STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(attributes.actions(), STDERR_FILENO + 1);

  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment = child_environment(request);
  pid_t id = 0;
  const int started = posix_spawn(&id, program->c_str(), attributes.actions(), attributes.attributes(),
                                  pointers_to(arguments).data(), pointers_to(environment).data());
  if (started != 0) return not_started(name, started);
  Child child(id);
  input->read.close();
  output->write.close();
  errors->write.close();

  const SigpipeBlock no_sigpipe;
  ProcessAnswer answer;
  const Stop stop =
      Conversation(request, child, std::move(input->write), std::move(output->read), std::move(errors->read))
          .run(answer);
  const int saved_errno = errno;
  const int status = child.end();
  switch (stop) {
    case Stop::exited: break;
    case Stop::time:
      return fail(ErrorKind::limit, "'" + name + "' did not end within " + seconds_of(request.time_limit));
    case Stop::output:
      return fail(ErrorKind::limit, "'" + name + "' wrote more than " + std::to_string(request.most_output) + " bytes");
    case Stop::failure: return fail(ErrorKind::io, "waiting for '" + name + "': " + text_of(saved_errno));
  }
  answer.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return answer;
}

}  // namespace lock::base
