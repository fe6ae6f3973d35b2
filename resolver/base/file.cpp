// Durable replacement is the usual five steps (temporary file beside the target, write, fsync, rename, fsync of the
// folder), and every system call of it goes through FileCalls, because a step that is never seen to fail is a step
// that nobody knows to be right.
#include "resolver/base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace lock::base {
namespace {

namespace fs = std::filesystem;

std::string reason_of(int number) { return std::generic_category().message(number); }

std::unexpected<Error> failed(std::string_view what, const fs::path& path, int number) {
  return fail(ErrorKind::io, "cannot " + std::string(what) + " " + path.string() + ": " + reason_of(number));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<Error> refuse_kind(const fs::path& path, mode_t mode) {
  const std::string_view kind = S_ISDIR(mode)    ? "a directory"
                                : S_ISFIFO(mode) ? "a pipe"
                                : S_ISSOCK(mode) ? "a socket"
                                                 : "a device";
  return fail(ErrorKind::io, path.string() + " is " + std::string(kind) + ", not a file");
}

std::unexpected<Error> too_large(const fs::path& path, std::size_t most) {
  return fail(ErrorKind::limit, path.string() + " is larger than " + std::to_string(most) + " bytes");
}

std::unexpected<Error> not_opened(const fs::path& path, int number) {
  const bool missing = number == ENOENT || number == ENOTDIR;
  if (missing) return fail(ErrorKind::absent, path.string() + " does not exist");
  return failed("read", path, number);
}

Result<Bytes> read_descriptor(const fs::path& path, int descriptor, std::size_t expected, std::size_t most) {
  Bytes bytes;
  bytes.resize(expected);
  std::size_t have = 0;
  while (true) {
    // A file that grows while it is read is read to its end, one byte beyond what was promised at a time at least.
    if (have == bytes.size()) bytes.resize(std::min(most + 1, have + std::max<std::size_t>(4096, have / 2)));
    const ssize_t count = ::read(descriptor, bytes.data() + have, bytes.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path, errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
    if (have > most) return too_large(path, most);
  }
  bytes.resize(have);
  return bytes;
}

// The file that a path means after its symbolic links; it need not exist. A loop of links is left to open(2).
fs::path target_of(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(fs::symlink_status(path, error)); ++links) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;  // an absolute target replaces the folder
  }
  return path;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

Result<void> write_all(FileCalls& calls, int descriptor, std::string_view contents, const fs::path& path) {
  while (!contents.empty()) {
    const ssize_t count = calls.write(descriptor, contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path, errno);
    contents.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Writes, syncs and closes `descriptor`; closes it on every way out.
Result<void> fill(FileCalls& calls, int descriptor, std::string_view contents, std::optional<mode_t> mode,
                  const fs::path& path) {
  Result<void> written = write_all(calls, descriptor, contents, path);
  if (written && mode && calls.fchmod(descriptor, *mode) != 0) written = failed("set the mode of", path, errno);
  if (written && calls.fsync(descriptor) != 0) written = failed("write", path, errno);
  // Some file systems report a full disk here for the first time.
  if (calls.close(descriptor) != 0 && written) written = failed("write", path, errno);
  return written;
}

Result<void> sync_folder(FileCalls& calls, const fs::path& path) {
  const std::string hint = "the new contents are in place, but a power cut now might still lose them; run it again";
  const fs::path folder = folder_of(path);
  const int descriptor = calls.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (descriptor < 0) {
    return fail(ErrorKind::io, "cannot sync the folder of " + path.string() + ": " + reason_of(errno), hint);
  }
  // EINVAL: a file system without such a thing, which is then no failure of ours.
  const bool synced = calls.fsync(descriptor) == 0 || errno == EINVAL;
  const int number = errno;
  const bool closed = calls.close(descriptor) == 0;
  if (!synced) {
    return fail(ErrorKind::io, "cannot sync the folder of " + path.string() + ": " + reason_of(number), hint);
  }
  if (!closed) return fail(ErrorKind::io, "cannot sync the folder of " + path.string() + ": " + reason_of(errno), hint);
  return {};
}

Result<int> open_new(FileCalls& calls, const std::string& temporary, const fs::path& path) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int descriptor = calls.open(temporary.c_str(), flags, 0666);
  if (descriptor < 0 && errno == EEXIST) {
    // Left behind by a killed process that had our process id.
    if (calls.unlink(temporary.c_str()) == 0) descriptor = calls.open(temporary.c_str(), flags, 0666);
  }
  if (descriptor < 0) return failed("write", path, errno);
  return descriptor;
}

}  // namespace

Result<Bytes> read_file(const fs::path& path, std::size_t most) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return not_opened(path, errno);
  if (!S_ISREG(status.st_mode)) return refuse_kind(path, status.st_mode);
  // O_NONBLOCK: what was a file a moment ago may be a pipe now.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return not_opened(path, errno);
  if (::fstat(file.number(), &status) != 0) return failed("read", path, errno);
  if (!S_ISREG(status.st_mode)) return refuse_kind(path, status.st_mode);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most) return too_large(path, most);
  return read_descriptor(path, file.number(), size + 1, most);
}

Result<void> write_file_atomically(const fs::path& path, std::string_view contents, FileCalls& calls) {
  const fs::path target = target_of(path);
  std::optional<mode_t> mode;
  struct stat status{};
  if (::stat(target.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return refuse_kind(path, status.st_mode);
    mode = status.st_mode & 07777;
    if (static_cast<std::size_t>(status.st_size) == contents.size()) {
      const Result<Bytes> present = read_file(target, contents.size());
      if (present && *present == contents) return {};
    }
  }
  const std::string name = "." + target.filename().string() + "." + std::to_string(::getpid()) + ".new";
  const std::string temporary = (folder_of(target) / name).string();
  const Result<int> descriptor = open_new(calls, temporary, path);
  if (!descriptor) return std::unexpected(descriptor.error());
  Result<void> written = fill(calls, *descriptor, contents, mode, path);
  if (written && calls.rename(temporary.c_str(), target.c_str()) != 0) written = failed("replace", path, errno);
  if (!written) {
    static_cast<void>(calls.unlink(temporary.c_str()));  // what failed already is what the caller has to hear
    return written;
  }
  return sync_folder(calls, target);
}

namespace {

// 0, or the errno of the last attempt.
int lock_within(int descriptor, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return errno;
    if (std::chrono::steady_clock::now() >= deadline) return EWOULDBLOCK;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return 0;
}

}  // namespace

Result<FileGuard> FileGuard::acquire(const fs::path& path, int seconds) {
  const fs::path target = target_of(path);
  const fs::path folder = folder_of(target);
  FileGuard guard(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (guard.descriptor_ < 0) return failed("open the folder of", path, errno);
  int number = lock_within(guard.descriptor_, seconds);
  if (number != 0 && number != EWOULDBLOCK) {
    const fs::path beside = folder / ("." + target.filename().string() + ".guard");
    guard = FileGuard(::open(beside.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (guard.descriptor_ < 0) return failed("write", beside, errno);
    number = lock_within(guard.descriptor_, seconds);
  }
  if (number == EWOULDBLOCK) {
    return fail(ErrorKind::io,
                "another process has been writing " + path.string() + " for " + std::to_string(seconds) +
                    (seconds == 1 ? " second" : " seconds"),
                "wait for it to end, or end it, and run this again");
  }
  if (number != 0) return failed("get exclusive access to", path, number);
  return guard;
}

FileGuard::FileGuard(FileGuard&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileGuard& FileGuard::operator=(FileGuard&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

FileGuard::~FileGuard() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace lock::base
